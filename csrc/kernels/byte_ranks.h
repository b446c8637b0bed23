/* Ranks of bytes under a rectangle, by counts: each column of the rectangle's height has its counts of values, in 16
 * groups of 16; those of the rectangle are sums of columns, kept up to date from output to output, of a group only when
 * it holds the wanted rank (S. Perreault and P. Hebert, "Median filtering in constant time", IEEE Transactions on Image
 * Processing 16, 2389-2394, 2007). */

enum { GROUPS = 16, VALUES = 16 };
typedef uint16_t sk_counts[VALUES];

static inline void add_counts(uint16_t *sum, const uint16_t *more)
{
#pragma omp simd
    for (int i = 0; i < VALUES; i++)
        sum[i] += more[i];
}

static inline void exchange_counts(uint16_t *sum, const uint16_t *more, const uint16_t *less)
{
#pragma omp simd
    for (int i = 0; i < VALUES; i++)
        sum[i] = (uint16_t)(sum[i] + more[i] - less[i]);
}

/* The place of the wanted rank among 16 counts; *rank becomes the rank within it. */
static inline int find_count(const uint16_t *counts, ptrdiff_t *rank)
{
    int i = 0;
    for (; *rank >= counts[i]; i++)
        *rank -= counts[i];
    return i;
}

/* How many samples of a column have that value. */
static inline uint16_t *count_of(sk_counts *fine, ptrdiff_t column, int value)
{
    return fine[column * GROUPS + value / VALUES] + value % VALUES;
}

static void byte_ranks_U8(const void *const *rows, const ptrdiff_t w[2], ptrdiff_t rank, ptrdiff_t n, void *out,
                          ptrdiff_t stride, ptrdiff_t columns, void *scratch)
{
    const ptrdiff_t all = columns + w[1] - 1;
    sk_counts *fine = scratch;           /* [column][group] */
    sk_counts *coarse = fine + all * GROUPS; /* [column] */
    memset(scratch, 0, (size_t)(all * (GROUPS + 1)) * sizeof(sk_counts));
    for (ptrdiff_t k = 0; k < w[0] - 1; k++) {
        const uint8_t *row = rows[k];
        for (ptrdiff_t c = 0; c < all; c++) {
            (*count_of(fine, c, row[c]))++;
            coarse[c][row[c] / VALUES]++;
        }
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint8_t *next = rows[i + w[0] - 1];
        for (ptrdiff_t c = 0; c < all; c++) {
            (*count_of(fine, c, next[c]))++;
            coarse[c][next[c] / VALUES]++;
        }
        uint16_t groups[VALUES] = {0}, values[GROUPS][VALUES];
        ptrdiff_t from[GROUPS]; /* the first column in values[group]; none yet: far off */
        for (int g = 0; g < GROUPS; g++)
            from[g] = -w[1] - 1;
        for (ptrdiff_t c = 0; c < w[1]; c++)
            add_counts(groups, coarse[c]);
        for (ptrdiff_t c = 0; c < columns; c++) {
            if (c)
                exchange_counts(groups, coarse[c + w[1] - 1], coarse[c - 1]);
            ptrdiff_t left = rank;
            const int g = find_count(groups, &left);
            uint16_t *sum = values[g];
            if (c - from[g] > w[1] / 2) { /* to add all is less than to exchange column by column */
                memset(sum, 0, sizeof values[g]);
                for (ptrdiff_t k = c; k < c + w[1]; k++)
                    add_counts(sum, fine[k * GROUPS + g]);
            } else {
                for (ptrdiff_t k = from[g]; k < c; k++)
                    exchange_counts(sum, fine[(k + w[1]) * GROUPS + g], fine[k * GROUPS + g]);
            }
            from[g] = c;
            ((uint8_t *)out)[i * stride + c] = (uint8_t)(g * VALUES + find_count(sum, &left));
        }
        const uint8_t *past = rows[i];
        for (ptrdiff_t c = 0; c < all; c++) {
            (*count_of(fine, c, past[c]))--;
            coarse[c][past[c] / VALUES]--;
        }
    }
}
