/** Disagreement of a network with itself under dropout: BALD (Houlsby et al., arXiv 1112.5745) with Monte
 * Carlo dropout (Gal et al., arXiv 1703.02910), on the features before the linear head.
 *
 * Only the head is run anew: the network below has no dropout. Masks are a function of seed, round, sample
 * and pass, so the value of a sample does not depend on when or where it is computed.
 */
#ifndef SELECT_DROPOUT_H
#define SELECT_DROPOUT_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

/** Passes of a sample. Each drops half of the features: one random bit a feature. */
#define SELECT_DROPOUT_PASSES 16

/** The linear head: logits = weights h + bias. */
typedef struct select_head {
    size_t classes, width;
    const float *weights;  /* [classes, width] */
    const float *bias;     /* [classes] */
    const uint8_t *active; /* [classes] others have no probability */
} select_head;

/** Bytes of scratch for a head of this size. Local. */
size_t select_dropout_room(size_t classes, size_t width);

/** Mutual information between label and mask, in nats: H(mean of softmaxes) - mean of H(softmax). Local.
 * @param feature  [width]
 * @param room     select_dropout_room() bytes, aligned as malloc() does */
double select_dropout_information(const select_head *head, const float *feature, uint64_t seed, int32_t round,
                                  int64_t sample, void *room);

#endif
