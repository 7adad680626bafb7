#include "nn_engine.h"
#include "base_log.h"
#include "base_memory.h"
#include "nn_check.h"
#include "nn_engine_internal.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* Denormals cost a hundred cycles each, and oneDNN does not flush them: FTZ is bit 15, DAZ bit 6 of MXCSR. */
#define FLUSH_BITS 0x8040u

#define THREADS_MAX 1024

static void flush_denormals(int threads)
{
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | FLUSH_BITS); /* threads started later inherit it */
#pragma omp parallel num_threads(threads)
    _mm_setcsr(_mm_getcsr() | FLUSH_BITS);
#else
    (void)threads;
#endif
}

void nn_engine_enter(const nn_engine *engine)
{
    omp_set_num_threads(engine->threads);
}

base_status nn_engine_create(int threads, nn_engine **engine)
{
    nn_engine *made;
    base_status status;

    if (threads < 1 || threads > THREADS_MAX) {
        base_log_error("nn: %d threads, allowed are 1 to %d", threads, THREADS_MAX);
        return BASE_ERR_USAGE;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        base_log_error("nn: no memory for an engine");
        return BASE_ERR_MEMORY;
    }
    made->threads = threads;
    nn_engine_enter(made);
    omp_set_dynamic(0);
    flush_denormals(threads);
    status = nn_check(dnnl_engine_create(&made->engine, dnnl_cpu, 0), "creating the CPU engine");
    if (status != BASE_OK)
        goto err_free;
    status = nn_check(dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags),
                      "creating a stream");
    if (status != BASE_OK)
        goto err_engine;
    *engine = made;
    return BASE_OK;

err_engine:
    dnnl_engine_destroy(made->engine);
err_free:
    free(made);
    return status;
}

int nn_engine_threads(const nn_engine *engine)
{
    return engine->threads;
}

static bool has(dnnl_cpu_isa_t isa)
{
    return (dnnl_get_effective_cpu_isa() & isa) == isa;
}

bool nn_engine_has_bf16(void)
{
    return has(dnnl_cpu_isa_avx512_core_bf16);
}

bool nn_engine_is_wide(void)
{
    return has(dnnl_cpu_isa_avx512_core);
}

const char *nn_engine_version(void)
{
#define TEXT(x)  #x
#define VALUE(x) TEXT(x)
    return VALUE(DNNL_VERSION_MAJOR) "." VALUE(DNNL_VERSION_MINOR) "." VALUE(DNNL_VERSION_PATCH);
#undef VALUE
#undef TEXT
}

const char *nn_engine_isa(void)
{
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } known[] = {{dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
                 {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
                 {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
                 {dnnl_cpu_isa_avx512_core, "avx512_core"},
                 {dnnl_cpu_isa_avx2, "avx2"},
                 {dnnl_cpu_isa_avx, "avx"}};
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (has(known[i].isa))
            return known[i].name;
    return "sse41";
}

void nn_engine_destroy(nn_engine **engine)
{
    if (engine == NULL || *engine == NULL)
        return;
    free((*engine)->arena);
    dnnl_stream_destroy((*engine)->stream);
    dnnl_engine_destroy((*engine)->engine);
    free(*engine);
    *engine = NULL;
}

base_status nn_engine_reserve(nn_engine *engine, size_t size)
{
    void *arena;

    if (size <= engine->arena_size)
        return BASE_OK;
    arena = base_memory_take(size);
    if (arena == NULL) {
        base_log_error("nn: no memory for a scratchpad of %zu bytes", size);
        return BASE_ERR_MEMORY;
    }
    free(engine->arena);
    engine->arena = arena;
    engine->arena_size = size;
    return BASE_OK;
}

base_status nn_engine_allocate(size_t floats, float **data)
{
    void *memory = floats > SIZE_MAX / sizeof **data ? NULL : base_memory_take(floats * sizeof **data);

    if (memory == NULL) {
        base_log_error("nn: no memory for %zu floats", floats);
        return BASE_ERR_MEMORY;
    }
    memset(memory, 0, floats * sizeof **data);
    *data = memory;
    return BASE_OK;
}
