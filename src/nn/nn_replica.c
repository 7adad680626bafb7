#include "nn_replica.h"

nn_owner nn_replica_owner(nn_network *network, int32_t i, nn_pass pass)
{
    return (nn_owner){&network->text, nn_replica_node(network, i)->name, pass};
}

size_t nn_replica_floats(const nn_network *network, int32_t i)
{
    return nn_array_floats(&network->layer[i].output);
}

const nn_array *nn_replica_input(const nn_network *network, int32_t i)
{
    if (nn_replica_node(network, i)->op == NN_OP_LINEAR)
        return &network->unit[i].flat;
    return &network->unit[nn_replica_node(network, i)->input].output;
}

bool nn_replica_is_kept(const nn_network *network, int32_t i)
{
    int32_t k;

    if (i == network->graph.count - 1 || nn_replica_node(network, i)->op == NN_OP_ADD)
        return true;
    for (k = i + 1; k < network->graph.count; k++)
        if (nn_replica_node(network, k)->input == i && nn_replica_node(network, k)->op != NN_OP_MAX_POOL &&
            nn_replica_node(network, k)->op != NN_OP_GLOBAL_POOL)
            return true;
    return false;
}
