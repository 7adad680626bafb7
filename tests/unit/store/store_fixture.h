/** Small files for the tests of store, filled from counter-based random numbers. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store_dataset.h"
#include "store_round.h"
#include <check.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define FIXTURE_CLASSES 4
#define FIXTURE_IMAGES  7

/** A new empty folder below the build's; removed by fixture_folder_remove(). */
void fixture_folder_make(char folder[PATH_MAX]);
void fixture_folder_remove(const char *folder);

/** FOLDER/name. */
void fixture_path(const char *folder, const char *name, char path[PATH_MAX]);

/** Flip one bit of a file in place. */
void fixture_flip(const char *path, size_t at, int bit);

/** A sound table of `samples` samples of `size` pixels. */
void fixture_table(size_t samples, int32_t size, store_table *table);

/** Pixels and masks of [samples] rounded up to whole chunks, the padding zero; to be freed. */
uint8_t *fixture_images(size_t samples, int32_t size);
uint8_t *fixture_masks(size_t samples, int32_t size);

/** Write a data set through the writer. */
void fixture_dataset_write(const char *path, size_t samples, int32_t size);

/** A sound round of 40 samples in FIXTURE_CLASSES classes, with every field set. */
void fixture_round(int32_t index, store_round *round);

/** Fails the test unless both are equal in every field. */
void fixture_round_compare(const store_round *a, const store_round *b);

#endif
