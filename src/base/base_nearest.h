/** What was probably meant by a word that is not among those allowed. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/** Edits from one word to the other: a letter more, less, another, or two neighbours exchanged (optimal
 * string alignment). SIZE_MAX for words of more than 64 bytes. Local. */
size_t base_nearest_distance(const char *a, const char *b);

/** The name that is nearest to the word, at most two edits and fewer than it has letters away, or else a
 * longer or shorter form of it ("output" of "out"); NULL if none is. The first of equals. Local. */
const char *base_nearest(const char *word, const char *const *names, size_t count);

#endif
