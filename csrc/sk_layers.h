/* What sk.h holds for the drivers of network layers; included there, once its views are known. */
#ifndef SK_LAYERS_H
#define SK_LAYERS_H

/* Products that one accumulator of a layer sums before it is added to the others. */
#define SK_LAYER_TERMS 128

/* Line r of out, lines `stride` reals apart: out[r][i] = (or, with `add`, +=) the sum over k < terms of w[k rows + r]
 * x[offsets[k] + i], for r < rows (1, 2, 3, 4 or 6) and i < n. Lines of out, and what x reads, have room for whole
 * vectors; where n fills one and nothing is added to, no more than n is touched. Each output's sum runs over k in its
 * order, whatever rows and n. */
typedef struct {
    const void *x, *w;
    const ptrdiff_t *offsets; /* in reals */
    ptrdiff_t terms, rows;
    void *out;
    ptrdiff_t stride, n;
    int add;
} sk_conv_sums;
typedef void sk_conv_sums_fn(const sk_conv_sums *s);

/* out[image][i] = (or, with `add`, +=) the sum over k < terms of w[k][i] x[image][offsets[k] + i], for i < n; in the
 * order of k, SK_LAYER_TERMS at most. Steps are in reals; out and what x reads have room for whole cache lines, w has
 * not. */
typedef struct {
    const void *x, *w;
    const ptrdiff_t *offsets;
    ptrdiff_t terms, images, x_step, w_step;
    void *out;
    ptrdiff_t out_step, n;
    int add;
} sk_local_sums;
typedef void sk_local_sums_fn(const sk_local_sums *s);

/* Where a layer's windows lie: place (y, x) of the output takes samples y stride + start + k dilation down, for k <
 * kernel, and likewise across. */
typedef struct {
    ptrdiff_t kernel[2], stride[2], dilation[2], start[2];
    sk_boundary boundary; /* SK_EXISTING: zeros */
} sk_layer_windows;

/* What a tile holds of one axis under a run of kernel samples: groups of samples `stride` apart, so that a step of the
 * output is a step in a group. Samples of a kernel that fall into the same group share it, where that is less. */
typedef struct {
    ptrdiff_t groups, length; /* of each: of the tile, and what kernel samples reach beyond it */
    int merged;
} sk_layer_axis;

/* out[n, g, o] = the sum over c of the correlations of x[n, g, c] with weights[g, o, c], plus bias[g, o]. x is (N, G, C,
 * H, W), out (N, G, O, Ho, Wo), bias (G, O, Ho, Wo), weights (G, O, C, kernel) contiguous. */
typedef struct {
    sk_view x, out, bias;
    int has_bias;
    int dtype, weights_dtype; /* real or complex, of one precision; out is complex where either is */
    const void *weights;
    sk_layer_windows windows;
    /* set by sk_conv_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks; /* of outputs in a tile */
    ptrdiff_t lines, line_blocks;       /* real rows of weights, of a group */
    ptrdiff_t groups, group_blocks;     /* groups worked on at once */
    ptrdiff_t channels, down, across;   /* of one block of terms */
    sk_layer_axis axis[2];
    ptrdiff_t pitch, plane;             /* reals of a row of the tile, and of a channel */
    double tile_work;
    size_t scratch;
    char *packed;                       /* the weights, blocks of lines side by side */
} sk_conv;
void sk_conv_plan(sk_conv *job);
int sk_conv_begin(sk_conv *job); /* -1: out of memory */
int sk_conv_run(sk_conv *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_conv_end(sk_conv *job);

/* The same with weights of its own at every place: x is (N, C, H, W), out (N, O, Ho, Wo), bias (O, Ho, Wo), weights (O,
 * C, kernel, Ho, Wo) contiguous; all real, of one dtype but x. */
typedef struct {
    sk_view x, out, bias;
    int has_bias, dtype;
    const void *weights;
    sk_layer_windows windows;
    /* set by sk_local_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks, images, image_blocks, filters, filter_blocks;
    ptrdiff_t down, across;
    sk_layer_axis axis[2];
    ptrdiff_t pitch, plane, line; /* line: reals of a row of sums */
    double tile_work;
    size_t scratch;
} sk_local;
void sk_local_plan(sk_local *job);
int sk_local_run(sk_local *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif
