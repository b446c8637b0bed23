"""The C surface (csrc/sk.h), as far as `_core.pyx` uses it."""

from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint64_t

cdef extern from "sk.h" nogil:
    int SK_MAXDIM
    ctypedef enum sk_boundary:
        pass
    ctypedef struct sk_view:
        char *ptr
        int dtype
        int swapped
        int ndim
        ptrdiff_t *shape
        ptrdiff_t *stride
    ctypedef struct sk_kernels:
        const char *isa
        int vector_bytes
    const sk_kernels *sk_compiled[]
    const sk_kernels *sk_active
    int sk_usable(const sk_kernels *)
    int sk_dispatch(const char *)
    ptrdiff_t sk_live_allocations()
    void sk_fail_allocation(ptrdiff_t)
    int sk_openmp()
    int sk_openmp_max_threads()
    void sk_watch_fork()
    int sk_forked()

    ctypedef struct sk_fft:
        ptrdiff_t n
        ptrdiff_t rows
        int passes
        int *radix
        const int *place
        const void *twiddles
        const void *columns
        const void *twist

    ctypedef struct sk_correlation:
        sk_view x
        sk_view h
        sk_view out
        int naxes
        int conjugate
        int real_taps
        int dtype
        ptrdiff_t *start
        sk_boundary boundary
        unsigned char *fill
        ptrdiff_t tiles
        double tile_work
    void sk_correlation_plan(sk_correlation *)
    int sk_correlation_run(sk_correlation *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_lags:
        sk_view x
        sk_view h
        sk_view out
        int conjugate
        int dtype
        ptrdiff_t first
        ptrdiff_t tiles
        double tile_work
    void sk_lags_plan(sk_lags *)
    int sk_lags_begin(sk_lags *)
    int sk_lags_run(sk_lags *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_lags_end(sk_lags *)

    ctypedef struct sk_sliding_pearson:
        sk_view x
        sk_view out
        const double *templates
        const double *sums
        const double *weights
        double total
        ptrdiff_t k
        ptrdiff_t m
        double fill
        int dtype
        const sk_fft *plan
        ptrdiff_t tiles
        double tile_work
    void sk_sliding_pearson_plan(sk_sliding_pearson *)
    int sk_sliding_pearson_begin(sk_sliding_pearson *)
    void sk_sliding_pearson_end(sk_sliding_pearson *)
    int sk_sliding_pearson_run(sk_sliding_pearson *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_pair_pearson:
        sk_view x
        sk_view y
        sk_view out
        sk_view status
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_pair_pearson_plan(sk_pair_pearson *)
    int sk_pair_pearson_begin(sk_pair_pearson *)
    int sk_pair_pearson_run(sk_pair_pearson *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_pair_pearson_end(sk_pair_pearson *)

    ctypedef struct sk_row_differences:
        sk_view x
        sk_view y
        sk_view out
        int dtype
        int symmetric
        ptrdiff_t tiles
        double tile_work
    void sk_row_differences_plan(sk_row_differences *)
    int sk_row_differences_begin(sk_row_differences *)
    int sk_row_differences_run(sk_row_differences *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_row_differences_end(sk_row_differences *)
    ctypedef enum sk_rolling_kind:
        pass

    ctypedef struct sk_rolling:
        sk_view x
        sk_view y
        sk_view out
        sk_rolling_kind kind
        ptrdiff_t w
        double divisor
        double fill
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_rolling_plan(sk_rolling *)
    int sk_rolling_begin(sk_rolling *)
    int sk_rolling_run(sk_rolling *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_rolling_end(sk_rolling *)
    ctypedef struct sk_center_rows:
        sk_view x
        sk_view out
        sk_view info
        const double *weights
        const double *roots
        double total
        int dtype
        int unit
        int omit
        uint64_t *finite
        uint64_t *present
        ptrdiff_t words
        ptrdiff_t tiles
        double tile_work
    void sk_center_rows_plan(sk_center_rows *)
    int sk_center_rows_run(sk_center_rows *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_listed:
        sk_view z
        const uint64_t *bits
        const unsigned char *listed
        double *sums
        double *squares
        ptrdiff_t q
        ptrdiff_t words
        ptrdiff_t first
        ptrdiff_t last
        ptrdiff_t tiles
        double tile_work
    void sk_listed_plan(sk_listed *)
    int sk_listed_run(sk_listed *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_common_counts:
        const uint64_t *a
        const uint64_t *b
        int64_t *counts
        ptrdiff_t p
        ptrdiff_t q
        ptrdiff_t words
        ptrdiff_t tiles
        double tile_work
    void sk_common_counts_plan(sk_common_counts *)
    int sk_common_counts_run(sk_common_counts *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_common_pairs:
        sk_view x
        sk_view y
        const uint64_t *x_bits
        const uint64_t *y_bits
        const double *x_scale
        const double *y_scale
        const int64_t *first
        const int64_t *second
        double *moments
        ptrdiff_t pairs
        ptrdiff_t words
        int x_parts
        int y_parts
        ptrdiff_t tiles
        double tile_work
    void sk_common_pairs_plan(sk_common_pairs *)
    int sk_common_pairs_run(sk_common_pairs *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_overlap_save:
        sk_view x
        sk_view out
        const void *h
        const sk_fft *plan
        ptrdiff_t m
        ptrdiff_t lo
        int dtype
        unsigned char *poisoned
        ptrdiff_t tiles
        double tile_work
    void sk_overlap_save_plan(sk_overlap_save *)
    int sk_overlap_save_begin(sk_overlap_save *, int)
    int sk_overlap_save_run(sk_overlap_save *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_overlap_save_end(sk_overlap_save *)

    ctypedef struct sk_overlap_save_2d:
        sk_view x
        sk_view out
        const void *h
        const sk_fft *across
        const sk_fft *down
        ptrdiff_t *m
        ptrdiff_t *lo
        int dtype
        sk_boundary boundary
        unsigned char *fill
        unsigned char *poisoned
        ptrdiff_t tiles
        double tile_work
    void sk_overlap_save_2d_plan(sk_overlap_save_2d *)
    int sk_overlap_save_2d_begin(sk_overlap_save_2d *)
    int sk_overlap_save_2d_run(sk_overlap_save_2d *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_overlap_save_2d_end(sk_overlap_save_2d *)

    ctypedef struct sk_lag_spectra:
        sk_view x
        sk_view y
        sk_view total
        const sk_fft *plan
        ptrdiff_t first
        ptrdiff_t lags
        int dtype
        int poisoned
        ptrdiff_t tiles
        double tile_work
    void sk_lag_spectra_plan(sk_lag_spectra *)
    int sk_lag_spectra_begin(sk_lag_spectra *)
    int sk_lag_spectra_run(sk_lag_spectra *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_lag_spectra_end(sk_lag_spectra *)

    ctypedef struct sk_polyphase:
        sk_view x
        sk_view out
        const void *h
        ptrdiff_t m
        ptrdiff_t up
        ptrdiff_t down
        ptrdiff_t first
        int real_taps
        int dtype
        sk_boundary boundary
        unsigned char *fill
        ptrdiff_t tiles
        double tile_work
    void sk_polyphase_plan(sk_polyphase *)
    int sk_polyphase_begin(sk_polyphase *)
    int sk_polyphase_run(sk_polyphase *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_polyphase_end(sk_polyphase *)

    ctypedef enum sk_keep:
        pass
    ctypedef enum sk_detrend:
        pass
    ctypedef struct sk_spectrum:
        const sk_fft *plan
        const void *turns
        const double *window
        void *table
        ptrdiff_t n
        ptrdiff_t length
        ptrdiff_t offset
        ptrdiff_t bins
        int packed
        int centered
        sk_keep keep
        sk_detrend detrend
        double mirrored
        double floor
        double level
    ctypedef struct sk_frame_source:
        sk_view x
        int dtype
        ptrdiff_t hop
        ptrdiff_t begin
        ptrdiff_t length
        ptrdiff_t pad
        const ptrdiff_t *outside
        const double *factors
    ctypedef struct sk_frames:
        sk_frame_source source
        sk_spectrum spectrum
        sk_view out
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_frames_plan(sk_frames *)
    int sk_frames_begin(sk_frames *)
    int sk_frames_run(sk_frames *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_frames_end(sk_frames *)

    ctypedef struct sk_overlap_add:
        sk_spectrum spectrum
        sk_view x
        sk_view out
        int dtype
        ptrdiff_t hop
        ptrdiff_t first
        ptrdiff_t tiles
        double tile_work
        void *weights
    void sk_overlap_add_plan(sk_overlap_add *)
    int sk_overlap_add_begin(sk_overlap_add *)
    int sk_overlap_add_run(sk_overlap_add *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_overlap_add_end(sk_overlap_add *)

    ctypedef struct sk_welch:
        sk_frame_source x
        sk_frame_source y
        sk_spectrum spectrum
        ptrdiff_t lines
        ptrdiff_t count
        int two
        double *xx
        double *yy
        double *xy
        ptrdiff_t tiles
        double tile_work
        double *partial
    void sk_welch_plan(sk_welch *)
    int sk_welch_begin(sk_welch *)
    int sk_welch_run(sk_welch *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_welch_end(sk_welch *)

    ctypedef struct sk_mel:
        ptrdiff_t n_fft
        ptrdiff_t frame_length
        ptrdiff_t hop_length
        ptrdiff_t bands
        const sk_fft *plan
        const void *window
        const void *split
        const ptrdiff_t *first
        const ptrdiff_t *start
        const void *weights
        double preemphasis
        double floor
        double unit
        int remove_dc
        int magnitude
        int log

    ctypedef struct sk_delta_taps:
        int orders
        int iterated
        ptrdiff_t *count
        ptrdiff_t fit
        const void **taps
        const void **ends
        const void **few

    ctypedef struct sk_deltas:
        sk_view x
        sk_view out
        const sk_delta_taps *taps
        ptrdiff_t first
        int statics
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_deltas_plan(sk_deltas *)
    int sk_deltas_run(sk_deltas *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef enum sk_pad:
        pass
    ctypedef struct sk_log_mel:
        sk_view x
        sk_view out
        const sk_mel *mel
        const sk_delta_taps *taps
        const ptrdiff_t *lengths
        const ptrdiff_t *counts
        ptrdiff_t origin
        ptrdiff_t base
        ptrdiff_t first
        sk_pad pad
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_log_mel_plan(sk_log_mel *)
    int sk_log_mel_run(sk_log_mel *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_combine:
        sk_view x
        sk_view out
        const sk_mel *mel
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_combine_plan(sk_combine *)
    int sk_combine_run(sk_combine *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_image_term:
        pass
    ctypedef struct sk_image_filter:
        sk_view x
        sk_view out
        int naxes
        int dtype
        int real_weights
        int sequential
        int root
        sk_boundary *boundary
        unsigned char *fill
        const void *weights
        const sk_image_term *terms
        const ptrdiff_t *planes
        ptrdiff_t term_count
        ptrdiff_t plane_count
        ptrdiff_t tiles
        double tile_work
    void sk_image_filter_plan(sk_image_filter *)
    int sk_image_filter_run(sk_image_filter *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef enum sk_window_kind:
        pass
    ctypedef struct sk_windows:
        sk_view x
        sk_view out
        int dtype
        sk_window_kind kind
        ptrdiff_t *w
        ptrdiff_t *at
        sk_boundary *boundary
        unsigned char *fill
        double divisor
        ptrdiff_t tiles
        double tile_work
    void sk_windows_plan(sk_windows *)
    int sk_windows_run(sk_windows *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_bilateral:
        sk_view x
        sk_view out
        int dtype
        ptrdiff_t *w
        sk_boundary *boundary
        unsigned char *fill
        const void *spatial
        double steepness
        ptrdiff_t tiles
        double tile_work
    void sk_bilateral_plan(sk_bilateral *)
    int sk_bilateral_run(sk_bilateral *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef ptrdiff_t sk_offset[3]
    ctypedef enum sk_rank_method:
        pass
    ctypedef struct sk_rank_filter:
        sk_view x
        sk_view out
        int naxes
        sk_boundary *boundary
        unsigned char *fill
        const sk_offset *offsets
        const ptrdiff_t *planes
        ptrdiff_t count
        ptrdiff_t plane_count
        ptrdiff_t rank
        sk_rank_method method
        const unsigned short *pairs
        ptrdiff_t pair_count
        ptrdiff_t tiles
        double tile_work
    void sk_rank_filter_plan(sk_rank_filter *)
    int sk_rank_filter_run(sk_rank_filter *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_match_part:
        pass
    ctypedef struct sk_match:
        sk_view x
        sk_view out
        const double *templates
        const sk_match_part *parts
        ptrdiff_t part_count
        ptrdiff_t k
        ptrdiff_t taps
        ptrdiff_t channels
        ptrdiff_t *m
        int masked
        double samples
        double fill
        int dtype
        const sk_fft *across
        const sk_fft *down
        ptrdiff_t tiles
        double tile_work
    void sk_match_plan(sk_match *)
    int sk_match_begin(sk_match *, int)
    int sk_match_run(sk_match *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_match_end(sk_match *)

    ctypedef struct sk_layer_windows:
        ptrdiff_t *kernel
        ptrdiff_t *stride
        ptrdiff_t *dilation
        ptrdiff_t *start
        sk_boundary boundary
    ctypedef struct sk_conv:
        sk_view x
        sk_view out
        sk_view bias
        int has_bias
        int dtype
        int weights_dtype
        const void *weights
        sk_layer_windows windows
        ptrdiff_t tiles
        double tile_work
    void sk_conv_plan(sk_conv *)
    int sk_conv_begin(sk_conv *)
    int sk_conv_run(sk_conv *, ptrdiff_t, ptrdiff_t, int, int *)
    void sk_conv_end(sk_conv *)
    ctypedef struct sk_local:
        sk_view x
        sk_view out
        sk_view bias
        int has_bias
        int dtype
        const void *weights
        sk_layer_windows windows
        ptrdiff_t tiles
        double tile_work
    void sk_local_plan(sk_local *)
    int sk_local_run(sk_local *, ptrdiff_t, ptrdiff_t, int, int *)

    void sk_mxcsr_of_team(unsigned *, int)
    double sk_seconds()
