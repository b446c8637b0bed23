# The drivers of network layers, of _core.pyx: see csrc/sk_layers.h.


# Register tiles of layers multiply and add so much faster than other drivers: slices between looks at the signals hold
# more of it, or threads would wait for each other after every few tiles.
cdef double FASTER = 4.0


cdef int take_windows(tuple windows, sk_layer_windows *w) except -1:
    """kernel, stride, dilation and start, two of each, and the boundary."""
    cdef int i
    for i in range(2):
        w.kernel[i] = windows[0][i]
        w.stride[i] = windows[1][i]
        w.dilation[i] = windows[2][i]
        w.start[i] = windows[3][i]
    w.boundary = <sk_boundary><int>windows[4]
    return 0


def run_conv(x, int x_dtype, int dtype, weights, int weights_dtype, bias, int bias_dtype, out, int out_dtype,
             tuple windows, threads):
    """out[n, g, o] = the correlations of x[n, g] with weights[g, o], plus bias[g, o] (unless None); see sk_conv."""
    cdef sk_conv job
    cdef sk_view v
    cdef Views views = Views()
    views.take(out, out_dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.weights = take_plain(views, weights, False, &v)
    job.has_bias = bias is not None
    if job.has_bias:
        views.take(bias, bias_dtype, False, &job.bias)
    job.dtype = dtype
    job.weights_dtype = weights_dtype
    take_windows(windows, &job.windows)
    sk_conv_plan(&job)
    try:
        if sk_conv_begin(&job):
            raise MemoryError("sigkit: no memory for the weights of a layer")
        return run(<run_function>sk_conv_run, &job, job.tiles, job.tile_work / FASTER,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_conv_end(&job)


def run_local(x, int x_dtype, int dtype, weights, bias, int bias_dtype, out, tuple windows, threads):
    """out[n, o] = the same with weights[o] for every place of the output, plus bias[o]; see sk_local."""
    cdef sk_local job
    cdef sk_view v
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.weights = take_plain(views, weights, False, &v)
    job.has_bias = bias is not None
    if job.has_bias:
        views.take(bias, bias_dtype, False, &job.bias)
    job.dtype = dtype
    take_windows(windows, &job.windows)
    sk_local_plan(&job)
    return run(<run_function>sk_local_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))
