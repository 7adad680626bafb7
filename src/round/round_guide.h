/** What training of a round goes by beside pixels and labels: which masks may be read, and heat maps. */
#ifndef ROUND_GUIDE_H
#define ROUND_GUIDE_H

#include "round_run.h"

/** Make work->guide as train.augment, train.augment_copies and train.in_mask want it.
 *
 * Masks: those of the initial labelled set, and of answered samples where the data set answers (oracle.kind
 * truth: the mask comes with the label). People give labels only, so what they answered has no mask; training
 * leaves it alone, since a heat map in its stead would keep what the network is wrong to look at.
 *
 * Heat maps: by the weights of the last round's file, which the state holds until training begins, so that a
 * training gone on with sees the same. Round 0 has none, and erase changes nothing in it.
 *
 * Collective. BASE_ERR_MEMORY, BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_NUMERIC, agreed. */
base_status round_guide_make(round_job *job, const round_state *state, round_work *work);

#endif
