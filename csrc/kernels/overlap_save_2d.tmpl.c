/* Convolution of a block of rows with a 2-D kernel, through spectra: rows as in overlap_save.tmpl.c, within one
 * transform; then columns, lane = column, in place. Rows of spectra lie `stride` points apart, an odd number. */

typedef struct {
    const P *x, *h;
    ptrdiff_t stride;
} FN(column_source);

SK_INLINE P FN(load_column)(const void *context, ptrdiff_t i)
{
    const FN(column_source) *s = context;
    return s->x[i * s->stride];
}

SK_INLINE P FN(load_column_product)(const void *context, ptrdiff_t i)
{
    const FN(column_source) *s = context;
    const P h = s->h[i * s->stride], p = FN(times)(s->x[i * s->stride], h.re, h.im);
    return (P){p.im, p.re};
}

SK_INLINE P FN(load_row)(const void *context, ptrdiff_t i)
{
    return ((const P *)context)[i];
}

static void FN(rows_spectrum)(const sk_fft *across, const sk_fft *down, const void *const *rows, double scale,
                              void *scratch, void *spectrum, int complex_samples)
{
    const ptrdiff_t vectors = across->n / LANES, stride = vectors + 1;
    P *z = scratch, *s = spectrum;
    for (ptrdiff_t i = 0; i < down->n; i++) {
        FN(block_source) source = {rows[i], across->twist, VEVERY((R)scale), across->n};
        if (complex_samples)
            FN(fft_line)(across, FN(load_complex_block), &source, z, FN(store_spectrum), s + i * stride);
        else
            FN(fft_line)(across, FN(load_real_block), &source, z, FN(store_spectrum), s + i * stride);
    }
    for (ptrdiff_t v = 0; v < vectors; v++) {
        const FN(column_source) source = {s + v, NULL, stride};
        FN(fft_rows)(down, FN(load_column), &source, z);
        for (ptrdiff_t i = 0; i < down->n; i++)
            s[v + i * stride] = z[i];
    }
}

static void FN(rows_product)(const sk_fft *across, const sk_fft *down, const void *x, const void *h,
                             const double scale[2], void *scratch, void *product, void *const *outs, ptrdiff_t first,
                             ptrdiff_t count, ptrdiff_t begin, ptrdiff_t end, int complex_samples)
{
    const ptrdiff_t vectors = across->n / LANES, stride = vectors + 1;
    P *z = scratch, *s = product;
    for (ptrdiff_t v = 0; v < vectors; v++) {
        const FN(column_source) source = {(const P *)x + v, (const P *)h + v, stride};
        FN(fft_rows)(down, FN(load_column_product), &source, z);
        for (ptrdiff_t i = 0; i < count; i++)
            s[v + i * stride] = z[first + i];
    }
    const ptrdiff_t parts = complex_samples ? 2 : 1;
    for (ptrdiff_t i = 0; i < count; i++) {
        FN(block_target) target = {outs[i],     across->twist, VEVERY((R)scale[0]), VEVERY((R)scale[1]),
                                   across->n, parts * begin, parts * end};
        if (complex_samples)
            FN(fft_line)(across, FN(load_row), s + i * stride, z, FN(store_complex_block), &target);
        else
            FN(fft_line)(across, FN(load_row), s + i * stride, z, FN(store_real_block), &target);
    }
}

static void FN(rows_spectrum_real)(const sk_fft *across, const sk_fft *down, const void *const *rows, double scale,
                                   void *scratch, void *spectrum)
{
    FN(rows_spectrum)(across, down, rows, scale, scratch, spectrum, 0);
}

static void FN(rows_spectrum_complex)(const sk_fft *across, const sk_fft *down, const void *const *rows, double scale,
                                      void *scratch, void *spectrum)
{
    FN(rows_spectrum)(across, down, rows, scale, scratch, spectrum, 1);
}

static void FN(rows_product_real)(const sk_fft *across, const sk_fft *down, const void *x, const void *h,
                                  const double scale[2], void *scratch, void *product, void *const *outs,
                                  ptrdiff_t first, ptrdiff_t count, ptrdiff_t begin, ptrdiff_t end)
{
    FN(rows_product)(across, down, x, h, scale, scratch, product, outs, first, count, begin, end, 0);
}

static void FN(rows_product_complex)(const sk_fft *across, const sk_fft *down, const void *x, const void *h,
                                     const double scale[2], void *scratch, void *product, void *const *outs,
                                     ptrdiff_t first, ptrdiff_t count, ptrdiff_t begin, ptrdiff_t end)
{
    FN(rows_product)(across, down, x, h, scale, scratch, product, outs, first, count, begin, end, 1);
}
