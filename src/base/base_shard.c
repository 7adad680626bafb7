#include "base_shard.h"

base_shard base_shard_of(size_t total, size_t parts, size_t index)
{
    size_t each = total / parts, larger = total % parts;
    base_shard shard;

    shard.first = index * each + (index < larger ? index : larger);
    shard.count = each + (index < larger ? 1 : 0);
    return shard;
}
