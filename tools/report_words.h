/** What the round files say by numbers, said in words. Local. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base_config.h"
#include "store_records.h"
#include <stddef.h>

/** A class's status and why, in a word or two: "active", "watched", "excluded". Static storage. */
const char *report_words_status(const store_class *state);

/** The same as a sentence, by the run's own thresholds. Cut to `size`, 0-ended. */
void report_words_reason(const store_class *state, const base_config *config, char *text, size_t size);

/** Why a sample was chosen: "rank 3 of 120, within the quota of its predicted class; lowest heat-map ...".
 * Cut to `size`, 0-ended. */
void report_words_query(const store_query *query, size_t queries, const base_config *config, char *text,
                        size_t size);

/** How an arm chooses: "random choice", "choice by Grad-CAM with class quotas". Cut to `size`, 0-ended. */
void report_words_choice(const base_config *config, char *text, size_t size);

/** "1 seed" or "3 seeds". Cut to `size`, 0-ended. */
void report_words_count(size_t count, const char *one, const char *many, char *text, size_t size);

#endif
