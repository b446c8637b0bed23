/* Least, largest and middle of neighbouring samples, in the samples' own dtype. NaN has no order: the driver sees to
 * it.
 *
 * Loops over a chunk of columns have a length that the compiler knows, and become its vectors. */

#define CHUNK (SK_CACHE_LINE / (ptrdiff_t)sizeof(T))
#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define MORE(a, b) ((a) > (b) ? (a) : (b))

/* out[i][c] = the least (largest) of rows[i .. i + w)[c], for a chunk of columns: of each run of w rows the least from
 * a row on to the run's end, and with it the least from the next run's start on (van Herk, Gil and Werman). */
#define DOWN(name, OP) \
    static void OFN(name)(const void *const *rows, ptrdiff_t w, ptrdiff_t n, void *out, ptrdiff_t stride, \
                          ptrdiff_t columns, void *scratch) \
    { \
        T *suffix = scratch; \
        for (ptrdiff_t c = 0; c < columns; c += CHUNK) { \
            c = columns - c < CHUNK ? columns - CHUNK : c; \
            for (ptrdiff_t s = 0; s < n; s += w) { \
                T least[CHUNK]; \
                memcpy(least, (const T *)rows[s + w - 1] + c, sizeof least); \
                memcpy(suffix + (w - 1) * CHUNK, least, sizeof least); \
                for (ptrdiff_t k = w - 2; k >= 0; k--) { \
                    const T *x = (const T *)rows[s + k] + c; \
                    __builtin_prefetch(x + 2 * CHUNK); /* one line of a row: nothing that hardware foresees */ \
                    _Pragma("omp simd") \
                    for (ptrdiff_t i = 0; i < CHUNK; i++) { \
                        least[i] = OP(x[i], least[i]); \
                        suffix[k * CHUNK + i] = least[i]; \
                    } \
                } \
                const ptrdiff_t some = n - s < w ? n - s : w; \
                memcpy((T *)((char *)out + s * stride) + c, suffix, sizeof least); \
                if (some > 1) \
                    memcpy(least, (const T *)rows[s + w] + c, sizeof least); \
                for (ptrdiff_t k = 1; k < some; k++) { \
                    const T *next = (const T *)rows[s + w + (k + 1 < some ? k : k - 1)] + c; \
                    T *to = (T *)((char *)out + (s + k) * stride) + c; \
                    _Pragma("omp simd") \
                    for (ptrdiff_t i = 0; i < CHUNK; i++) { \
                        to[i] = OP(least[i], suffix[k * CHUNK + i]); \
                        least[i] = OP(next[i], least[i]); \
                    } \
                } \
            } \
        } \
    }
DOWN(least_down, LESS)
DOWN(largest_down, MORE)
#undef DOWN

/* out[i] = the least (largest) of x[i .. i + w), by windows of twice the length each time; x is overwritten. */
#define ACROSS(name, OP) \
    static void OFN(name)(void *samples, ptrdiff_t w, ptrdiff_t n, void *result) \
    { \
        T *x = samples, *out = result; \
        ptrdiff_t length = 1; \
        for (; 2 * length <= w; length *= 2) { \
            const T *y = x + length; \
            const ptrdiff_t count = n + w - 2 * length; \
            _Pragma("omp simd") /* what is read ahead is written later */ \
            for (ptrdiff_t i = 0; i < count; i++) \
                x[i] = OP(x[i], y[i]); \
        } \
        const T *y = x + w - length; \
        _Pragma("omp simd") \
        for (ptrdiff_t i = 0; i < n; i++) \
            out[i] = OP(x[i], y[i]); \
    }
ACROSS(least_across, LESS)
ACROSS(largest_across, MORE)
#undef ACROSS

#define SORT(a, b) do { \
    const T low = LESS(a, b), high = MORE(a, b); \
    (a) = low; \
    (b) = high; } while (0)
/* The middle one of three. */
#define MIDDLE(a, b, c) MORE(LESS(a, b), LESS(MORE(a, b), c))

#ifdef ORDERED_FLOAT
#define IS_NAN(x) ((x) != (x))
#else
#define IS_NAN(x) 0
#endif

/* out[i] = the median of rows[0 .. 3)[i .. i + 3): columns are sorted, once for the three outputs over them; it is the
 * middle one of the largest least, the middle middle and the least largest. scratch holds 3 lines of n + 2. */
static int OFN(median_3)(const void *const *rows, ptrdiff_t n, void *result, void *scratch)
{
    const T *a = rows[0], *b = rows[1], *c = rows[2];
    T *low = scratch, *middle = low + n + 2, *high = middle + n + 2, *out = result;
    int found = 0;
#pragma omp simd reduction(| : found)
    for (ptrdiff_t i = 0; i < n + 2; i++) {
        found |= IS_NAN(c[i]);
        const T least = LESS(a[i], b[i]), most = MORE(a[i], b[i]), rest = LESS(most, c[i]);
        high[i] = MORE(most, c[i]);
        low[i] = LESS(least, rest);
        middle[i] = MORE(least, rest);
    }
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const T most = MORE(MORE(low[i], low[i + 1]), low[i + 2]);
        const T least = LESS(LESS(high[i], high[i + 1]), high[i + 2]);
        const T between = MIDDLE(middle[i], middle[i + 1], middle[i + 2]);
        out[i] = MIDDLE(most, between, least);
    }
    return found;
}

#define SORT_5(a, b, c, d, e) \
    SORT(a, b); SORT(d, e); SORT(c, e); SORT(c, d); SORT(b, e); SORT(a, d); SORT(a, c); SORT(b, d); SORT(b, c)

/* The same of 5 x 5. After the columns, what lies at the same rank in them is sorted as far as it is needed: 6 samples
 * are then known to be no larger than the median, 6 no smaller, and it is the median of the 13 left. Of those, as long
 * as they are more than half, the least and the largest of 8, 7, .. 3 cannot be it and go (forgetful selection). */
static int OFN(median_5)(const void *const *rows, ptrdiff_t n, void *result, void *scratch)
{
    const ptrdiff_t length = n + 4;
    T *sorted = scratch, *out = result;
    int found = 0;
    {
        const T *p = rows[0], *q = rows[1], *r = rows[2], *s = rows[3], *t = rows[4];
#pragma omp simd reduction(| : found)
        for (ptrdiff_t i = 0; i < length; i++) {
            T a = p[i], b = q[i], c = r[i], d = s[i], e = t[i];
            found |= IS_NAN(e);
            SORT_5(a, b, c, d, e);
            sorted[i] = a;
            sorted[length + i] = b;
            sorted[2 * length + i] = c;
            sorted[3 * length + i] = d;
            sorted[4 * length + i] = e;
        }
    }
    const T *x = sorted;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        /* The compiler leaves out what is not used. */
#define SORTED_ROW(row, a, b, c, d, e) \
        T a = x[(row) * length + i], b = x[(row) * length + i + 1], c = x[(row) * length + i + 2], \
          d = x[(row) * length + i + 3], e = x[(row) * length + i + 4]; \
        SORT_5(a, b, c, d, e)
        SORTED_ROW(0, a0, a1, a2, a3, a4);
        SORTED_ROW(1, b0, b1, b2, b3, b4);
        SORTED_ROW(2, c0, c1, c2, c3, c4);
        SORTED_ROW(3, d0, d1, d2, d3, d4);
        SORTED_ROW(4, e0, e1, e2, e3, e4);
#undef SORTED_ROW
        /* Of each set the least comes to the front and the largest to the back, to be left out of the next one. */
        SORT(a3, c1); SORT(a4, c2); SORT(b2, c3); SORT(b3, b4);
        SORT(a3, a4); SORT(b2, b3); SORT(a3, b2); SORT(c1, c2); SORT(c3, b4); SORT(c2, b4);
        SORT(a4, c1); SORT(b2, c2); SORT(b3, c3); SORT(a4, b2); SORT(a4, b3); SORT(a4, d0);
        SORT(c1, c3); SORT(c2, c3); SORT(c3, d0);
        SORT(b2, c2); SORT(b3, c3); SORT(c1, d1); SORT(b2, b3); SORT(b2, c1); SORT(c2, d1); SORT(c3, d1);
        SORT(b3, c1); SORT(c2, c3); SORT(b3, c2); SORT(b3, d2); SORT(c1, d2); SORT(c3, d2);
        SORT(c1, c2); SORT(c3, e0); SORT(c1, c3); SORT(c2, e0);
        out[i] = MIDDLE(c2, c3, e1);
    }
    return found;
}

/* A network of comparisons of k samples, given as lines of n: pairs[2 j], pairs[2 j + 1] are what comparison j puts in
 * order. out = line `rank` after them. scratch holds k chunks. */
static void OFN(select_rank)(const void *const *lines, ptrdiff_t k, const uint16_t *pairs, ptrdiff_t count,
                             ptrdiff_t rank, ptrdiff_t n, void *result, void *scratch)
{
    T(*v)[CHUNK] = scratch;
    T *out = result;
    for (ptrdiff_t c = 0; c < n; c += CHUNK) {
        const size_t bytes = (size_t)(n - c < CHUNK ? n - c : CHUNK) * sizeof(T);
        for (ptrdiff_t j = 0; j < k; j++)
            memcpy(v[j], (const T *)lines[j] + c, bytes);
        for (ptrdiff_t j = 0; j < count; j++) {
            T *a = v[pairs[2 * j]], *b = v[pairs[2 * j + 1]];
#pragma omp simd
            for (ptrdiff_t i = 0; i < CHUNK; i++) {
                const T low = LESS(a[i], b[i]), high = MORE(a[i], b[i]);
                a[i] = low;
                b[i] = high;
            }
        }
        memcpy(out + c, v[rank], bytes);
    }
}

#undef CHUNK
#undef LESS
#undef MORE
#undef SORT
#undef SORT_5
#undef MIDDLE
#undef IS_NAN
