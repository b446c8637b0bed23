/* From samples to features in one pass: frames in lanes, never a spectrogram.
 *
 * Samples lie in a matrix m[r][c] = sample r of hop c, turned over once for all frames: sample s of frame f is element
 * f + s / hop of row s % hop, so that those of LANES frames are one (unaligned) vector, whatever the overlap. */

/* ---- bands ---- */

/* bands[k] = feature k of LANES frames whose bins are vectors, `stride` reals apart; `poison` is 0, or NaN for frames
 * without a finite band. */
SK_INLINE void FN(bands)(const sk_mel *mel, const R *bins, ptrdiff_t stride, V poison, V *bands)
{
    const R *weights = mel->weights;
    const double normal = IS_F64 ? DBL_MIN : FLT_MIN;
    const V least = VEVERY((R)(mel->floor > normal ? mel->floor : normal)), unit = VEVERY((R)mel->unit);
    const V most = VEVERY((R)(IS_F64 ? DBL_MAX : FLT_MAX));
    for (ptrdiff_t k = 0; k < mel->bands; k++) {
        const R *bin = bins + mel->first[k] * stride;
        V sum = {0};
        for (ptrdiff_t j = mel->start[k]; j < mel->start[k + 1]; j++, bin += stride)
            sum = MADD(VEVERY(weights[j]), VLOAD(bin), sum);
        bands[k] = sum + poison;
    }
    bands[mel->bands] = (V){0};
    /* Apart from the sums, and two at once, so that several are under way. There is room for a band more. */
    for (ptrdiff_t k = 0; mel->log && k < mel->bands; k += 2) {
        const V x = FN(select)(bands[k] < least, least, bands[k]);
        const V y = FN(select)(bands[k + 1] < least, least, bands[k + 1]);
        const V u = FN(ten_log10)(x) * unit, v = FN(ten_log10)(y) * unit;
        bands[k] = FN(select)(x <= most, u, x); /* Inf and NaN stay */
        bands[k + 1] = FN(select)(y <= most, v, y);
    }
}

/* Bands of `frames` <= LANES frames to out. */
SK_INLINE void FN(store_bands)(const sk_mel *mel, V *bands, ptrdiff_t frames, R *out, ptrdiff_t frame_stride,
                               ptrdiff_t band_stride)
{
    const ptrdiff_t n = mel->bands;
    if (band_stride != 1) { /* frames in a row, as they lie in the lanes */
        for (ptrdiff_t k = 0; k < n; k++) {
            if (frames == LANES)
                VSTORE(out + k * band_stride, bands[k]);
            else
                memcpy(out + k * band_stride, bands + k, (size_t)frames * sizeof(R));
        }
        return;
    }
    FN(transpose)(bands, sizeof(V), out, frame_stride * (ptrdiff_t)sizeof(R), n, frames);
}

static void FN(combine_rows)(const sk_mel *mel, const void *rows, ptrdiff_t stride, ptrdiff_t frames, void *scratch,
                             void *out, ptrdiff_t frame_stride, ptrdiff_t band_stride)
{
    V *bands = scratch;
    for (ptrdiff_t f = 0; f < frames; f += LANES) {
        FN(bands)(mel, (const R *)rows + f, stride, (V){0}, bands);
        FN(store_bands)(mel, bands, frames - f < LANES ? frames - f : LANES, (R *)out + f * frame_stride, frame_stride,
                        band_stride);
    }
}

/* ---- frames ---- */

typedef struct {
    const R *matrix, *window;
    const int32_t *place; /* of sample s of frame 0 in the matrix; zeros behind the frame */
} FN(hop_source);

SK_INLINE P FN(load_samples)(const void *context, ptrdiff_t i)
{
    const FN(hop_source) *s = context;
    return (P){VLOAD(s->matrix + s->place[2 * i]) * VEVERY(s->window[2 * i]),
               VLOAD(s->matrix + s->place[2 * i + 1]) * VEVERY(s->window[2 * i + 1])};
}

SK_INLINE P FN(load_prepared)(const void *context, ptrdiff_t i)
{
    return ((const P *)context)[i];
}

/* y[s] = windowed samples of LANES frames without their mean, each less a part of the one before. */
SK_INLINE void FN(prepare)(const sk_mel *mel, const FN(hop_source) *s, V *y)
{
    const ptrdiff_t n = mel->frame_length;
    V mean = {0};
    if (mel->remove_dc) {
        V even = {0}, odd = {0};
        for (ptrdiff_t i = 0; i + 1 < n; i += 2) {
            even += VLOAD(s->matrix + s->place[i]);
            odd += VLOAD(s->matrix + s->place[i + 1]);
        }
        if (n % 2)
            even += VLOAD(s->matrix + s->place[n - 1]);
        mean = (even + odd) / VEVERY((R)n);
    }
    const V part = VEVERY((R)mel->preemphasis);
    V before = VLOAD(s->matrix + s->place[0]) - mean;
    for (ptrdiff_t i = 0; i < n; i++) {
        const V now = VLOAD(s->matrix + s->place[i]) - mean;
        y[i] = NMADD(part, before, now) * VEVERY(s->window[i]);
        before = now;
    }
    for (ptrdiff_t i = n; i < mel->n_fft; i++)
        y[i] = (V){0};
}

/* z: the transform of pairs of samples, at half the size; its first vectors become the powers of the bins (of the first
 * and the last one besides: in the two vectors behind). Returns 0, NaN for frames with a sample that is not finite. */
SK_INLINE V FN(powers)(const sk_mel *mel, P *z)
{
    const ptrdiff_t half = mel->n_fft / 2;
    const R *w = mel->split;
    const V first = (z[0].re + z[0].im) * VEVERY(2), last = (z[0].re - z[0].im) * VEVERY(2);
    for (ptrdiff_t k = 1; 2 * k <= half; k++) {
        const P a = z[k], b = z[half - k];
        const V re = a.re + b.re, im = a.im - b.im, dre = a.re - b.re, dim = a.im + b.im;
        const P t = FN(times)((P){dre, dim}, VEVERY(w[2 * k]), VEVERY(w[2 * k + 1]));
        /* X[k] = (re + i im) - i t, X[half - k] = conj((re + i im) + i t) */
        const V lre = re + t.im, lim = im - t.re, hre = re - t.im, him = im + t.re;
        z[k].re = MADD(lre, lre, lim * lim);
        z[half - k].re = MADD(hre, hre, him * him);
    }
    z[0].re = first * first;
    z[half].re = last * last;
    return first * VEVERY(0);
}

static void FN(magnitudes)(P *z, ptrdiff_t bins)
{
    for (ptrdiff_t k = 0; k < bins; k++) {
        R lane[SK_VECTOR_BYTES / sizeof(R)];
        VSTORE(lane, z[k].re);
        for (ptrdiff_t i = 0; i < LANES; i++)
            lane[i] = IS_F64 ? (R)sqrt((double)lane[i]) : (R)sqrtf((float)lane[i]);
        z[k].re = VLOAD(lane);
    }
}

static void FN(log_mel)(const sk_mel *mel, const void *samples, ptrdiff_t hop, ptrdiff_t frames, void *scratch, void *out,
                        ptrdiff_t frame_stride, ptrdiff_t band_stride)
{
    const ptrdiff_t size = sizeof(R), line = 64 / size, n = mel->frame_length;
    const ptrdiff_t columns = sk_hop_columns(n, hop, frames, LANES);
    P *z = scratch;
    V *bands = (V *)(z + mel->n_fft / 2 + 1), *y = bands + (mel->bands + LANES);
    const int prepared = mel->remove_dc || mel->preemphasis != 0;
    R *matrix = (R *)(y + (prepared ? mel->n_fft : 0)), *nothing = matrix + hop * columns;
    int32_t *place = (int32_t *)(nothing + columns);
    /* By cache lines of the samples, so that each is read once and rows of the matrix are written from end to end. */
    for (ptrdiff_t r = 0; r < hop; r += line)
        FN(transpose)((const R *)samples + r, hop * size, matrix + r * columns, columns * size, columns,
                      hop - r < line ? hop - r : line);
    for (ptrdiff_t i = 0; i < columns; i++)
        nothing[i] = 0;
    for (ptrdiff_t c = 0; c * hop < n; c++)
        for (ptrdiff_t r = 0; r < hop && c * hop + r < n; r++)
            place[c * hop + r] = (int32_t)(r * columns + c);
    for (ptrdiff_t s = n; s < mel->n_fft; s++)
        place[s] = (int32_t)(nothing - matrix);
    for (ptrdiff_t f = 0; f < frames; f += LANES) {
        const FN(hop_source) source = {matrix + f, mel->window, place};
        if (prepared) {
            FN(prepare)(mel, &source, y);
            FN(fft_rows)(mel->plan, FN(load_prepared), y, z);
        } else {
            FN(fft_rows)(mel->plan, FN(load_samples), &source, z);
        }
        const V poison = FN(powers)(mel, z);
        if (mel->magnitude)
            FN(magnitudes)(z, mel->n_fft / 2 + 1);
        FN(bands)(mel, (const R *)z, 2 * LANES, poison, bands);
        FN(store_bands)(mel, bands, frames - f < LANES ? frames - f : LANES, (R *)out + f * frame_stride, frame_stride,
                        band_stride);
    }
}
