#include "nn_primitive.h"
#include "base_log.h"
#include "nn_check.h"
#include <stdint.h>
#include <string.h>

#define CACHE_PRIMITIVES 1024 /* oneDNN's own default */

base_status nn_array_create(const nn_engine *engine, const dnnl_memory_desc_t *desc, void *data,
                            nn_array *array)
{
    dnnl_memory_t memory;
    base_status status = nn_check(dnnl_memory_create(&memory, desc, engine->engine, data), "array");

    if (status != BASE_OK)
        return status;
    array->desc = *desc;
    array->memory = memory;
    return BASE_OK;
}

base_status nn_array_point(nn_array *array, void *data)
{
    return nn_check(dnnl_memory_set_data_handle(array->memory, data), "moving an array");
}

bool nn_array_is_placed(const nn_array *array)
{
    void *data = NULL;

    return dnnl_memory_get_data_handle(array->memory, &data) == dnnl_success && data != NULL;
}

void nn_array_destroy(nn_array *array)
{
    if (array == NULL)
        return;
    if (array->memory != NULL)
        dnnl_memory_destroy(array->memory);
    memset(array, 0, sizeof *array);
}

size_t nn_array_floats(const dnnl_memory_desc_t *desc)
{
    return (dnnl_memory_desc_get_size(desc) + sizeof(float) - 1) / sizeof(float);
}

static base_status attributes_create(nn_after after, const char *what, dnnl_primitive_attr_t *attributes)
{
    dnnl_primitive_attr_t made = NULL;
    dnnl_post_ops_t operations = NULL;
    base_status status = nn_check(dnnl_primitive_attr_create(&made), what);

    if (status != BASE_OK)
        return status;
    status = nn_check(dnnl_primitive_attr_set_scratchpad_mode(made, dnnl_scratchpad_mode_user), what);
    if (status == BASE_OK)
        status = nn_check(dnnl_post_ops_create(&operations), what);
    if (status == BASE_OK && after.sum)
        status = nn_check(dnnl_post_ops_append_sum(operations, 1), what);
    if (status == BASE_OK && after.relu)
        status = nn_check(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0), what);
    if (status == BASE_OK)
        status = nn_check(dnnl_primitive_attr_set_post_ops(made, operations), what);
    if (operations != NULL)
        dnnl_post_ops_destroy(operations);
    if (status != BASE_OK) {
        dnnl_primitive_attr_destroy(made);
        return status;
    }
    *attributes = made;
    return BASE_OK;
}

static bool is_reference(const char *implementation)
{
    return strstr(implementation, "ref") != NULL;
}

/* With oneDNN 2.6's cache of primitives on, an iterator that meets a cached one does not move on, and gives
 * the same implementation again: whoever passes over some does without the cache. */
static base_status set_cache(bool on)
{
    return nn_check(dnnl_set_primitive_cache_capacity(on ? CACHE_PRIMITIVES : 0), "the cache of primitives");
}

/* Walk oneDNN's implementations, best first, to the one wanted. */
static base_status walk(const nn_engine *engine, const void *operation,
                        const_dnnl_primitive_attr_t attributes, const nn_primitive *forward, int skip,
                        const char *what, nn_primitive *primitive)
{
    dnnl_primitive_desc_iterator_t iterator = NULL;
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = dnnl_primitive_desc_iterator_create(
        &iterator, operation, attributes, engine->engine, forward != NULL ? forward->desc : NULL);

    while (status == dnnl_success) {
        const char *name = "";

        desc = dnnl_primitive_desc_iterator_fetch(iterator);
        if (desc == NULL) {
            status = dnnl_out_of_memory;
            break;
        }
        status = dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
        if (status == dnnl_success && !is_reference(name) && skip-- == 0) {
            primitive->desc = desc;
            primitive->implementation = name;
            break;
        }
        dnnl_primitive_desc_destroy(desc);
        if (status == dnnl_success)
            status = dnnl_primitive_desc_iterator_next(iterator);
    }
    if (iterator != NULL)
        dnnl_primitive_desc_iterator_destroy(iterator);
    return nn_check(status, what);
}

static base_status choose(const nn_engine *engine, const void *operation,
                          const_dnnl_primitive_attr_t attributes, const nn_primitive *forward, int skip,
                          const char *what, nn_primitive *primitive)
{
    base_status status, restored;

    if (skip == 0)
        return walk(engine, operation, attributes, forward, skip, what, primitive);
    status = set_cache(false);
    if (status == BASE_OK)
        status = walk(engine, operation, attributes, forward, skip, what, primitive);
    restored = set_cache(true);
    return status != BASE_OK ? status : restored;
}

/* The primitive itself and its share of the arena, once desc is chosen. */
static base_status finish(nn_engine *engine, const char *what, nn_primitive *primitive)
{
    const dnnl_memory_desc_t *scratch;
    base_status status;

    status = nn_check(dnnl_primitive_create(&primitive->primitive, primitive->desc), what);
    if (status != BASE_OK)
        return status;
    scratch = dnnl_primitive_desc_query_md(primitive->desc, dnnl_query_scratchpad_md, 0);
    if (scratch == NULL || dnnl_memory_desc_get_size(scratch) == 0)
        return BASE_OK;
    status = nn_engine_reserve(engine, dnnl_memory_desc_get_size(scratch));
    if (status != BASE_OK)
        return status;
    return nn_check(dnnl_memory_create(&primitive->scratchpad, scratch, engine->engine, DNNL_MEMORY_NONE),
                    what);
}

base_status nn_primitive_create(nn_engine *engine, const void *operation, nn_after after,
                                const nn_primitive *forward, int skip, const char *what,
                                nn_primitive *primitive)
{
    nn_primitive made;
    dnnl_primitive_attr_t attributes;
    base_status status = attributes_create(after, what, &attributes);

    if (status != BASE_OK)
        return status;
    memset(&made, 0, sizeof made);
    nn_engine_enter(engine);
    status = choose(engine, operation, attributes, forward, skip, what, &made);
    dnnl_primitive_attr_destroy(attributes);
    if (status == BASE_OK)
        status = finish(engine, what, &made);
    if (status != BASE_OK) {
        nn_primitive_destroy(&made);
        return status;
    }
    *primitive = made;
    return BASE_OK;
}

base_status nn_primitive_create_reorder(nn_engine *engine, const dnnl_memory_desc_t *from,
                                        const dnnl_memory_desc_t *to, nn_primitive *primitive)
{
    nn_primitive made;
    dnnl_primitive_attr_t attributes;
    base_status status = attributes_create((nn_after){false, false}, "reorder", &attributes);

    if (status != BASE_OK)
        return status;
    memset(&made, 0, sizeof made);
    nn_engine_enter(engine);
    status = nn_check(
        dnnl_reorder_primitive_desc_create(&made.desc, from, engine->engine, to, engine->engine, attributes),
        "reorder");
    dnnl_primitive_attr_destroy(attributes);
    if (status == BASE_OK)
        status =
            nn_check(dnnl_primitive_desc_query(made.desc, dnnl_query_impl_info_str, 0, &made.implementation),
                     "reorder");
    if (status == BASE_OK)
        status = finish(engine, "reorder", &made);
    if (status != BASE_OK) {
        nn_primitive_destroy(&made);
        return status;
    }
    *primitive = made;
    return BASE_OK;
}

void nn_primitive_create_taps(const nn_taps *taps, nn_primitive *primitive)
{
    memset(primitive, 0, sizeof *primitive);
    primitive->taps = *taps;
    primitive->implementation = "camal:taps";
}

bool nn_primitive_exists(const nn_primitive *primitive)
{
    return primitive->primitive != NULL || primitive->taps.kernel > 0;
}

void nn_primitive_destroy(nn_primitive *primitive)
{
    if (primitive == NULL)
        return;
    if (primitive->scratchpad != NULL)
        dnnl_memory_destroy(primitive->scratchpad);
    if (primitive->primitive != NULL)
        dnnl_primitive_destroy(primitive->primitive);
    if (primitive->desc != NULL)
        dnnl_primitive_desc_destroy(primitive->desc);
    memset(primitive, 0, sizeof *primitive);
}

const dnnl_memory_desc_t *nn_primitive_layout(const nn_primitive *primitive, dnnl_query_t argument)
{
    return primitive->desc != NULL ? dnnl_primitive_desc_query_md(primitive->desc, argument, 0) : NULL;
}

dnnl_primitive_kind_t nn_primitive_kind(const nn_primitive *primitive)
{
    dnnl_primitive_kind_t kind = dnnl_convolution;

    if (primitive->desc == NULL)
        return kind;
    dnnl_primitive_desc_query(primitive->desc, dnnl_query_primitive_kind, 0, &kind);
    return kind;
}

void nn_primitive_bind(nn_primitive *primitive, int argument, const nn_array *array)
{
    int slot;

    for (slot = 0; slot < primitive->arguments; slot++)
        if (primitive->argument[slot].arg == argument)
            break;
    if (slot == primitive->arguments)
        primitive->arguments++;
    primitive->argument[slot].arg = argument;
    primitive->argument[slot].memory = array->memory;
}

size_t nn_primitive_scratch(const nn_primitive *primitive)
{
    const dnnl_memory_desc_t *scratch = nn_primitive_layout(primitive, dnnl_query_scratchpad_md);

    return primitive->scratchpad != NULL ? nn_array_floats(scratch) : 0;
}

base_status nn_primitive_place_scratch(nn_primitive *primitive, float *data)
{
    primitive->placed = true;
    return nn_check(dnnl_memory_set_data_handle(primitive->scratchpad, data), "a scratchpad");
}

/* The memory that stands for one of two arguments. */
static float *data_of(const nn_primitive *primitive, int argument, int or_argument)
{
    void *data = NULL;
    int slot;

    for (slot = 0; slot < primitive->arguments; slot++)
        if (primitive->argument[slot].arg == argument || primitive->argument[slot].arg == or_argument)
            dnnl_memory_get_data_handle(primitive->argument[slot].memory, &data);
    return data;
}

base_status nn_primitive_run(const nn_engine *engine, const nn_primitive *primitive)
{
    dnnl_exec_arg_t argument[NN_ARGUMENTS_MAX + 1];
    int arguments = primitive->arguments;
    dnnl_status_t status = dnnl_success;

    if (primitive->taps.kernel > 0)
        return nn_taps_run(&primitive->taps, data_of(primitive, DNNL_ARG_SRC, DNNL_ARG_DIFF_SRC),
                           data_of(primitive, DNNL_ARG_DST, DNNL_ARG_DIFF_DST),
                           data_of(primitive, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_WEIGHTS));
    memcpy(argument, primitive->argument, (size_t)arguments * sizeof *argument);
    if (primitive->scratchpad != NULL) {
        if (!primitive->placed) /* the arena may have moved since the last run */
            status = dnnl_memory_set_data_handle(primitive->scratchpad, engine->arena);
        argument[arguments].arg = DNNL_ARG_SCRATCHPAD;
        argument[arguments++].memory = primitive->scratchpad;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(primitive->primitive, engine->stream, arguments, argument);
    if (status == dnnl_success)
        status = dnnl_stream_wait(engine->stream);
    return nn_check(status, "running a primitive");
}

base_status nn_primitive_translate(nn_engine *engine, const dnnl_memory_desc_t *from, const float *source,
                                   const dnnl_memory_desc_t *to, float *target)
{
    nn_primitive reorder;
    nn_array input, output;
    base_status status = nn_primitive_create_reorder(engine, from, to, &reorder);

    if (status != BASE_OK)
        return status;
    status = nn_array_create(engine, from, (void *)(uintptr_t)source, &input);
    if (status != BASE_OK)
        goto err_reorder;
    status = nn_array_create(engine, to, target, &output);
    if (status != BASE_OK)
        goto err_input;
    nn_primitive_bind(&reorder, DNNL_ARG_FROM, &input);
    nn_primitive_bind(&reorder, DNNL_ARG_TO, &output);
    status = nn_primitive_run(engine, &reorder);
    nn_array_destroy(&output);
err_input:
    nn_array_destroy(&input);
err_reorder:
    nn_primitive_destroy(&reorder);
    return status;
}
