/* Two-dimensional transforms of images that stay in the cache. Rows, lane = row, turned over on the way in; turned back
 * in registers, LANES rows by LANES columns at a time, to columns, lane = column. Both shifts are in the addresses. */

/* LANES rows by LANES columns, `rows` of points from one to the next column, to LANES rows of points `apart`. */
SK_INLINE void FN(turn_block)(const P *from, P *to, ptrdiff_t apart)
{
#if IS_F64
    for (ptrdiff_t q = 0; q < LANES; q += 2) {
        FN(turn)((const char *)&from->re + q * 8, sizeof(P), &to[q * apart].re, &to[(q + 1) * apart].re);
        FN(turn)((const char *)&from->im + q * 8, sizeof(P), &to[q * apart].im, &to[(q + 1) * apart].im);
    }
#else
    for (ptrdiff_t q = 0; q < LANES; q += 4) {
        P *t = to + q * apart;
        FN(turn)((const char *)&from->re + q * 4, sizeof(P), &t->re, &t[apart].re, &t[2 * apart].re, &t[3 * apart].re);
        FN(turn)((const char *)&from->im + q * 4, sizeof(P), &t->im, &t[apart].im, &t[2 * apart].im, &t[3 * apart].im);
    }
#endif
}

/* Columns [begin, end) of LANES rows to points. poison: 0 as long as all is finite, else NaN; of every other column each,
 * since one sum would wait for itself. */
SK_INLINE void FN(rows_to_points)(const char *rows, ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end, int inverse,
                                  P *to, P poison[2])
{
    const V zero = {0};
    P even = poison[0], odd = poison[1];
    const char *at = rows + begin * 2 * (ptrdiff_t)sizeof(R);
#if IS_F64
    for (ptrdiff_t k = begin; k < end; k++, at += 2 * sizeof(R), to++) {
        P p;
        FN(turn)(at, stride, &p.re, &p.im);
        even = FN(add)(even, zero, p);
        *to = inverse ? (P){p.im, p.re} : p;
    }
#else
    ptrdiff_t k = begin;
    for (; k + 2 <= end; k += 2, at += 4 * sizeof(R), to += 2) {
        P p, q;
        FN(turn)(at, stride, &p.re, &p.im, &q.re, &q.im);
        even = FN(add)(even, zero, p);
        odd = FN(add)(odd, zero, q);
        to[0] = inverse ? (P){p.im, p.re} : p;
        to[1] = inverse ? (P){q.im, q.re} : q;
    }
    if (k < end) {
        R re[SK_VECTOR_BYTES / sizeof(R)], im[SK_VECTOR_BYTES / sizeof(R)];
        for (ptrdiff_t lane = 0; lane < LANES; lane++) {
            memcpy(re + lane, at + lane * stride, sizeof(R));
            memcpy(im + lane, at + lane * stride + sizeof(R), sizeof(R));
        }
        const P p = {VLOAD(re), VLOAD(im)};
        even = FN(add)(even, zero, p);
        *to = inverse ? (P){p.im, p.re} : p;
    }
#endif
    poison[0] = even;
    poison[1] = odd;
}

static int FN(plane_rows)(const sk_plane *p, const void *rows, ptrdiff_t stride, ptrdiff_t first, void *scratch,
                          void *spectrum)
{
    const ptrdiff_t n = p->across->n, start = p->start[1];
    P *points = scratch, *z = points + n, *to = (P *)spectrum + first * p->apart;
    P poison[2] = {{{0}, {0}}, {{0}, {0}}};
    FN(rows_to_points)(rows, stride, start, n, p->inverse, points, poison);
    FN(rows_to_points)(rows, stride, 0, start, p->inverse, points + n - start, poison);
    FN(fft_rows)(p->across, FN(load_row), points, z);
    for (ptrdiff_t k = 0; k < LANES; k++)
        z[n + k] = z[k];
    for (ptrdiff_t k = 0; k < n; k += LANES, to++) {
        const ptrdiff_t from = k - p->place[1];
        FN(turn_block)(z + (from < 0 ? from + n : from), to, p->apart);
    }
    return VSUM(poison[0].re + poison[0].im + poison[1].re + poison[1].im) == 0;
}

typedef struct {
    const P *column;
    ptrdiff_t apart, start, n;
} FN(plane_column);

SK_INLINE P FN(load_plane_column)(const void *context, ptrdiff_t i)
{
    const FN(plane_column) *c = context;
    const ptrdiff_t at = i + c->start;
    return c->column[(at < c->n ? at : at - c->n) * c->apart];
}

static void FN(plane_columns)(const sk_plane *p, void *scratch, void *spectrum)
{
    const ptrdiff_t rows = p->down->n, columns = p->across->n, shift = p->place[0];
    const V scale = VEVERY((R)(1.0 / ((double)rows * (double)columns)));
    P *z = scratch, *s = spectrum;
    for (ptrdiff_t c = 0; c < columns; c += LANES, s++) {
        const FN(plane_column) source = {s, p->apart, p->start[0], rows};
        FN(fft_rows)(p->down, FN(load_plane_column), &source, z);
        for (ptrdiff_t i = 0; p->inverse && i < rows; i++)
            z[i] = (P){z[i].im * scale, z[i].re * scale};
        for (ptrdiff_t i = 0; i < rows - shift; i++)
            s[(i + shift) * p->apart] = z[i];
        for (ptrdiff_t i = rows - shift; i < rows; i++)
            s[(i + shift - rows) * p->apart] = z[i];
    }
}
