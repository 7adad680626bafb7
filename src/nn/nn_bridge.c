#include "nn_bridge.h"
#include "base_log.h"
#include <string.h>

#define LINKS_MAX 4

static base_status take(nn_bridges *bridges, nn_bridge **bridge)
{
    if (bridges->count == NN_BRIDGES_MAX) {
        base_log_error("nn: more than %d copies between forms", NN_BRIDGES_MAX);
        return BASE_ERR_INTERNAL;
    }
    *bridge = &bridges->bridge[bridges->count++];
    return BASE_OK;
}

static base_status append_reorder(nn_engine *engine, nn_program *program, const nn_array *from,
                                  const nn_array *to, nn_owner owner, const char *what, nn_primitive *reorder)
{
    base_status status = nn_primitive_create_reorder(engine, &from->desc, &to->desc, reorder);

    if (status == BASE_OK)
        status = nn_plan_note_copy(owner.text, owner.name, owner.pass, what, reorder->implementation);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(reorder, DNNL_ARG_FROM, from);
    nn_primitive_bind(reorder, DNNL_ARG_TO, to);
    return nn_program_append_primitive(program, reorder);
}

/* A buffer in the form wanted. */
static base_status open_bridge(nn_engine *engine, nn_bridges *bridges, nn_buffers *buffers,
                               const dnnl_memory_desc_t *wanted, nn_bridge **bridge, int *slot)
{
    base_status status = take(bridges, bridge);

    if (status == BASE_OK)
        status = nn_buffers_take(buffers, nn_array_floats(wanted), slot);
    if (status == BASE_OK)
        status = nn_array_create(engine, wanted, nn_buffers_data(buffers, *slot), &(*bridge)->array);
    return status;
}

/* The primitive itself, with a scratchpad that is others' again once it has run. */
static base_status append_primitive(nn_buffers *buffers, nn_program *program, nn_primitive *primitive)
{
    size_t floats = nn_primitive_scratch(primitive);
    base_status status;
    int slot;

    if (floats == 0)
        return nn_program_append_primitive(program, primitive);
    status = nn_buffers_take(buffers, floats, &slot);
    if (status != BASE_OK)
        return status;
    status = nn_primitive_place_scratch(primitive, nn_buffers_data(buffers, slot));
    nn_buffers_release(buffers, slot);
    return status == BASE_OK ? nn_program_append_primitive(program, primitive) : status;
}

base_status nn_bridge_append(nn_engine *engine, nn_bridges *bridges, nn_buffers *buffers, nn_program *program,
                             nn_primitive *primitive, const nn_link *link, int links, nn_owner owner)
{
    nn_bridge *bridge[LINKS_MAX] = {NULL};
    int slot[LINKS_MAX], i;
    base_status status = BASE_OK;

    for (i = 0; i < links && status == BASE_OK; i++) {
        const nn_array *array = link[i].array;

        if (link[i].wanted != NULL && !dnnl_memory_desc_equal(link[i].wanted, &array->desc)) {
            status = open_bridge(engine, bridges, buffers, link[i].wanted, &bridge[i], &slot[i]);
            if (status != BASE_OK)
                return status;
            if (!link[i].written)
                status = append_reorder(engine, program, array, &bridge[i]->array, owner, "input",
                                        &bridge[i]->reorder);
            array = &bridge[i]->array;
        }
        nn_primitive_bind(primitive, link[i].argument, array);
    }
    if (status == BASE_OK)
        status = append_primitive(buffers, program, primitive);
    for (i = 0; i < links && status == BASE_OK; i++) {
        if (bridge[i] == NULL)
            continue;
        if (link[i].written)
            status = append_reorder(engine, program, &bridge[i]->array, link[i].array, owner, "output",
                                    &bridge[i]->reorder);
        nn_buffers_release(buffers, slot[i]);
    }
    return status;
}

base_status nn_bridge_copy(nn_engine *engine, nn_bridges *bridges, nn_program *program, const nn_array *from,
                           const nn_array *to, nn_owner owner, const char *what)
{
    nn_bridge *bridge;
    base_status status = take(bridges, &bridge);

    return status == BASE_OK ? append_reorder(engine, program, from, to, owner, what, &bridge->reorder)
                             : status;
}

void nn_bridge_destroy(nn_bridges *bridges)
{
    int i;

    for (i = 0; i < bridges->count; i++) {
        nn_primitive_destroy(&bridges->bridge[i].reorder);
        nn_array_destroy(&bridges->bridge[i].array);
    }
    bridges->count = 0;
}
