/** What training goes by beside pixels and labels: masks of labelled samples (train.in_mask, augmentation
 * object), and heat maps of the last round (augmentation erase).
 *
 * object: the background of a sample becomes that of another labelled sample, so that what stands beside the
 * objects of a class tells nothing about it (background swaps: Xiao et al., arXiv 2006.09994; pasted objects:
 * Ghiasi et al., arXiv 2012.07177). erase: what the network looked at most is covered, so that it has to find
 * something else (Wei et al., arXiv 1703.08448).
 */
#ifndef LEARN_GUIDE_H
#define LEARN_GUIDE_H

#include "base_random.h"
#include "base_status.h"
#include "comm_share.h"
#include "learn_data.h"
#include "learn_heatmap.h"
#include "learn_scorer.h"
#include "store_dataset.h"
#include <stddef.h>
#include <stdint.h>

/** Masks are grown by this part of the size, at least a pixel: annotations are not exact, and objects have
 * edges. */
#define LEARN_GUIDE_GROWTH 32

typedef struct learn_guide {
    const learn_data *labelled;
    const int32_t *labels; /* [labelled->count] */
    const store_table *table;

    comm_share *share;
    const uint8_t
        *object;    /* [count,S,ceil(S/8)] grown masks, zero where unknown; NULL: none were asked for */
    uint8_t *known; /* [count] 1: object and background are known */
    size_t groups;  /* classes that lend backgrounds */
    size_t *first;  /* [groups+1] where a class's lenders start */
    size_t *lender; /* places in labelled, by class */

    double threshold;
    float *map; /* [count,h,w] raw, of the samples' own classes; NULL: none were asked for */
    learn_enlargement enlargement;
} learn_guide;

/** Begin with neither: nothing is changed. What it points to must outlive the guide. Local. */
learn_guide learn_guide_none(const learn_data *labelled, const int32_t *labels, const store_table *table);

/** Read the masks of labelled samples, for object and train.in_mask. What else in the picture is of the
 * sample's class counts with it.
 *
 * Collective over the world, arguments the same everywhere but `needed`. BASE_ERR_MEMORY, BASE_ERR_IO,
 * agreed.
 * @param readable  [count] 1: the mask is known with the label; others are not read
 * @param active    [classes] samples of other classes lend no background
 * @param needed    false: this rank does not train
 */
base_status learn_guide_read_masks(learn_guide *guide, const comm_world *world, store_dataset *dataset,
                                   const uint8_t *readable, const uint8_t *active, bool needed);

/** Compute the heat maps of the labelled samples for their own classes, for erase, by the weights that the
 * scorer has loaded.
 *
 * Collective. BASE_ERR_MEMORY, BASE_ERR_LIBRARY, BASE_ERR_NUMERIC, agreed.
 * @param trainers   ranks 0 to trainers-1 hold the labelled images, and compute
 * @param threshold  cam.threshold */
base_status learn_guide_make_maps(learn_guide *guide, const comm_world *world, learn_scorer *scorer,
                                  int trainers, double threshold);

/** NULL-safe. With masks: collective over the ranks of a node that need them. */
void learn_guide_clear(learn_guide *guide);

/** The grown mask of a labelled sample, [S,ceil(S/8)] bits; NULL if object and background are not known. Only
 * with masks. Local. */
const uint8_t *learn_guide_mask(const learn_guide *guide, size_t place);

/** The image of a labelled sample, changed as BASE_AUGMENT_OBJECT and BASE_AUGMENT_ERASE of `augment` say.
 *
 * object: each class that can lend is as likely; one of its samples lends the background, the lender's own
 * object painted over with the mean colour of its background. The sample's own class: nothing is changed,
 * so that every class stands before every class's backgrounds equally often. Unknown mask: nothing is
 * changed. erase: with probability 1/2, where the enlarged heat map is at least threshold times its maximum,
 * the mean colour of the data set. No map, or an empty one: nothing is changed. Local.
 * @param place    in labelled
 * @param scratch  [S,S,3] for the changed image
 * @return scratch, or the image itself if nothing is changed
 */
const uint8_t *learn_guide_apply(const learn_guide *guide, uint32_t augment, base_random *random,
                                 size_t place, uint8_t *scratch);

#endif
