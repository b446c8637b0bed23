/* Memory, threads and fork: what every driver stands on. The only parallel regions. */
#include "sk.h"

#include <stdlib.h>
#include <time.h>

#ifdef _OPENMP
#include <omp.h>
#endif
#ifndef _WIN32
#include <pthread.h>
#endif
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* ---- memory: counted, so that a test can fail any allocation and see none leak ---- */

static ptrdiff_t live, countdown, sticky;

static int fails(void)
{
    if (!__atomic_load_n(&countdown, __ATOMIC_RELAXED))
        return 0;
    if (__atomic_sub_fetch(&countdown, 1, __ATOMIC_RELAXED) > 0)
        return 0;
    __atomic_store_n(&countdown, sticky ? 1 : 0, __ATOMIC_RELAXED);
    return 1;
}

void sk_fail_allocation(ptrdiff_t n)
{
    sticky = n < 0;
    __atomic_store_n(&countdown, n < 0 ? -n : n, __ATOMIC_RELAXED);
}

ptrdiff_t sk_live_allocations(void)
{
    return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

void *sk_alloc(size_t size)
{
    if (fails() || size > (size_t)PTRDIFF_MAX - 64)
        return NULL;
    void *p = aligned_alloc(64, (size + 64) & ~(size_t)63);
    if (p)
        __atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
    return p;
}

void sk_free(void *p)
{
    if (!p)
        return;
    __atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
    free(p);
}

/* ---- threads ---- */

int sk_openmp(void)
{
#ifdef _OPENMP
    return 1;
#else
    return 0;
#endif
}

int sk_openmp_max_threads(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static int run_serially(sk_tile_fn *tile, void *job, ptrdiff_t begin, ptrdiff_t end, size_t scratch)
{
    char *own = sk_alloc(scratch);
    if (!own)
        return -1;
    for (ptrdiff_t i = begin; i < end; i++)
        tile(job, i, own);
    sk_free(own);
    return 0;
}

int sk_run_tiles(sk_tile_fn *tile, void *job, ptrdiff_t begin, ptrdiff_t end, size_t scratch, int threads, int *team)
{
    *team = 1;
#ifdef _OPENMP
    if (threads > 1 && end - begin > 1) {
        int failed = 0, ran = 1;
        /* Tiles are handed out in runs: few enough hand-overs, enough of them to even out. */
        ptrdiff_t run = (end - begin) / (16 * (ptrdiff_t)threads);
        run = run < 1 ? 1 : run;
#pragma omp parallel num_threads(threads)
        {
            char *own = sk_alloc(scratch);
            if (!own) {
                __atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
            }
#pragma omp single nowait
            ran = omp_get_num_threads();
#pragma omp for schedule(dynamic, run) nowait
            for (ptrdiff_t i = begin; i < end; i++)
                if (own)
                    tile(job, i, own);
            sk_free(own);
        }
        *team = ran;
        return failed ? -1 : 0;
    }
#endif
    (void)threads;
    return run_serially(tile, job, begin, end, scratch);
}

double sk_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- fork: libgomp hangs in the child of a process that has used it ---- */

static volatile int forked;

#ifndef _WIN32
static void in_child(void)
{
    forked = 1;
}
#endif

void sk_watch_fork(void)
{
#ifndef _WIN32
    pthread_atfork(NULL, NULL, in_child);
#endif
}

int sk_forked(void)
{
    return forked;
}

static unsigned control_word(void)
{
#if defined(__x86_64__)
    return _mm_getcsr();
#else
    return 0;
#endif
}

void sk_mxcsr_of_team(unsigned *words, int threads)
{
    words[0] = control_word();
#ifdef _OPENMP
#pragma omp parallel num_threads(threads) if (threads > 1)
    words[omp_get_thread_num()] = control_word();
#else
    for (int i = 1; i < threads; i++)
        words[i] = words[0];
#endif
}
