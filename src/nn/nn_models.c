#include "nn_models.h"
#include "base_log.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SIZE_MAX_PIXELS 1024
#define CLASSES_MIN     2
#define CLASSES_MAX     4096

/* A network of torchvision's basic blocks. */
typedef struct recipe {
    const char *name;
    int32_t stem_kernel, stem_stride, stem_padding;
    bool stem_pool;
    int32_t stages, blocks;
    int32_t width; /* of the first stage; each next one doubles it and halves the resolution */
    int32_t size_min;
} recipe;

static const recipe resnet8 = {"resnet8", 3, 2, 1, false, 3, 1, 32, 16};
static const recipe resnet18_small = {"resnet18 with stem small", 3, 1, 1, false, 4, 2, 64, 16};
static const recipe resnet18_imagenet = {"resnet18 with stem imagenet", 7, 2, 3, true, 4, 2, 64, 32};

static const recipe *find_recipe(base_network network, base_stem stem)
{
    if (network == BASE_NETWORK_RESNET8)
        return &resnet8;
    return stem == BASE_STEM_IMAGENET ? &resnet18_imagenet : &resnet18_small;
}

static int32_t window(int32_t size, int32_t kernel, int32_t stride, int32_t padding)
{
    return (size + 2 * padding - kernel) / stride + 1;
}

/* Append a node whose output is its input's shape; the callers change what differs. */
static nn_node *append(nn_graph *graph, nn_op op, int32_t input, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static nn_node *append(nn_graph *graph, nn_op op, int32_t input, const char *format, ...)
{
    nn_node *node = &graph->nodes[graph->count++];
    va_list arguments;

    memset(node, 0, sizeof *node);
    node->op = op;
    node->input = input;
    node->other = -1;
    if (input >= 0) {
        node->channels = graph->nodes[input].channels;
        node->height = graph->nodes[input].height;
        node->width = graph->nodes[input].width;
    }
    va_start(arguments, format);
    vsnprintf(node->name, sizeof node->name, format, arguments);
    va_end(arguments);
    return node;
}

static void slide(nn_node *node, int32_t kernel, int32_t stride, int32_t padding)
{
    node->kernel = kernel;
    node->stride = stride;
    node->padding = padding;
    node->height = window(node->height, kernel, stride, padding);
    node->width = window(node->width, kernel, stride, padding);
}

static void append_convolution(nn_graph *graph, int32_t input, int32_t channels, int32_t kernel,
                               int32_t stride, int32_t padding, const char *prefix, const char *name)
{
    nn_node *node = append(graph, NN_OP_CONVOLUTION, input, "%s%s", prefix, name);

    slide(node, kernel, stride, padding);
    node->channels = channels;
}

static int32_t append_norm(nn_graph *graph, bool relu, const char *prefix, const char *name)
{
    append(graph, NN_OP_BATCH_NORM, graph->count - 1, "%s%s", prefix, name)->relu = relu;
    return graph->count - 1;
}

static void append_stem(nn_graph *graph, const recipe *form)
{
    nn_node *node = append(graph, NN_OP_INPUT, -1, "%s", "input");

    node->channels = 3;
    node->height = node->width = graph->size;
    append_convolution(graph, 0, form->width, form->stem_kernel, form->stem_stride, form->stem_padding, "",
                       "conv1");
    append_norm(graph, true, "", "bn1");
    strcpy(graph->nodes[graph->count - 1].layer, "relu");
    if (form->stem_pool)
        slide(append(graph, NN_OP_MAX_POOL, graph->count - 1, "maxpool"), 3, 2, 1);
}

/* Basic block (He et al., arXiv 1512.03385): two 3x3 convolutions and a shortcut, which is a 1x1 convolution
 * where the shape changes. */
static void append_block(nn_graph *graph, int32_t stage, int32_t block, int32_t channels, int32_t stride)
{
    int32_t input = graph->count - 1, shortcut = input, main_path;
    bool same = stride == 1 && graph->nodes[input].channels == channels;
    char prefix[NN_NAME_MAX - 16];
    nn_node *sum;

    snprintf(prefix, sizeof prefix, "layer%d.%d.", stage + 1, block);
    append_convolution(graph, input, channels, 3, stride, 1, prefix, "conv1");
    append_norm(graph, true, prefix, "bn1");
    append_convolution(graph, graph->count - 1, channels, 3, 1, 1, prefix, "conv2");
    main_path = append_norm(graph, false, prefix, "bn2");
    if (!same) {
        append_convolution(graph, input, channels, 1, stride, 0, prefix, "downsample.0");
        shortcut = append_norm(graph, false, prefix, "downsample.1");
    }
    sum = append(graph, NN_OP_ADD, main_path, "%sadd", prefix);
    sum->other = shortcut;
    sum->relu = true;
    snprintf(sum->layer, sizeof sum->layer, "layer%d.%d", stage + 1, block);
}

base_status nn_models_describe(base_network network, base_stem stem, int32_t size, int32_t classes,
                               nn_graph *graph)
{
    const recipe *form = find_recipe(network, stem);
    int32_t stage, block;
    nn_node *node;

    if (size < form->size_min || size > SIZE_MAX_PIXELS) {
        base_log_error("network %s: image size %d, allowed are %d to %d pixels", form->name, size,
                       form->size_min, SIZE_MAX_PIXELS);
        return BASE_ERR_USAGE;
    }
    if (classes < CLASSES_MIN || classes > CLASSES_MAX) {
        base_log_error("network %s: %d classes, allowed are %d to %d", form->name, classes, CLASSES_MIN,
                       CLASSES_MAX);
        return BASE_ERR_USAGE;
    }
    memset(graph, 0, sizeof *graph);
    graph->size = size;
    graph->classes = classes;
    append_stem(graph, form);
    for (stage = 0; stage < form->stages; stage++)
        for (block = 0; block < form->blocks; block++)
            append_block(graph, stage, block, form->width << stage, stage > 0 && block == 0 ? 2 : 1);
    graph->last = graph->count - 1;
    node = append(graph, NN_OP_GLOBAL_POOL, graph->last, "avgpool");
    node->height = node->width = 1;
    append(graph, NN_OP_LINEAR, graph->count - 1, "fc")->channels = classes;
    return BASE_OK;
}

int32_t nn_models_find_layer(const nn_graph *graph, const char *layer)
{
    char names[NN_NODES_MAX * (NN_NAME_MAX + 2)] = "last";
    size_t used = strlen(names);
    int32_t i;

    if (strcmp(layer, "last") == 0)
        return graph->last;
    for (i = 0; i < graph->count; i++)
        if (graph->nodes[i].layer[0] != '\0' && strcmp(graph->nodes[i].layer, layer) == 0)
            return i;
    for (i = 0; i < graph->count; i++)
        if (graph->nodes[i].layer[0] != '\0')
            used += (size_t)snprintf(names + used, sizeof names - used, ", %s", graph->nodes[i].layer);
    base_log_error("heat-map layer \"%s\" is not in the network; its layers are: %s", layer, names);
    return -1;
}
