/** Command lines: getopt_long() with messages of our own, and what all programs answer alike.
 *
 * The ranks of an MPI program read the same command line, so rank 0 complains for all. What is refused is
 * logged here, with the nearest that is allowed.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base_status.h"
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Answer --help (-h) and --version (-V), whatever else is said before "--". `help` prints the text, see
 * CONTRIBUTING.md for its form. Call it before MPI starts: the answer needs no ranks, and rank 0 gives it.
 *
 * @return true if it was asked for; *status is then BASE_OK, or BASE_ERR_IO if standard output is gone
 */
bool base_options_answer(int argc, char **argv, void (*help)(FILE *out), base_status *status);

/** The `val` of the next option of `known`, as getopt_long() gives it with optarg and optind; -1 at the end,
 * '?' if it is refused, logged here. `letters` are the short forms, such as "o:q". Ends at the first argument
 * that is no option if `letters` starts with '+'. */
int base_options_next(int argc, char **argv, const char *letters, const struct option *known);

/** Log a fault of the command line on rank 0, with a hint at --help. BASE_ERR_USAGE. */
base_status base_options_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A whole number of digits alone, least <= *value <= most. BASE_ERR_USAGE. */
base_status base_options_whole(const char *option, const char *text, uint64_t least, uint64_t most,
                               uint64_t *value);

/** A finite number, least <= *value <= most. BASE_ERR_USAGE. */
base_status base_options_real(const char *option, const char *text, double least, double most, double *value);

/** Which of the names it is; `option` is "--format" or what else the names are of. BASE_ERR_USAGE. */
base_status base_options_choice(const char *option, const char *text, const char *const *names, size_t count,
                                size_t *index);

/** For --quiet: from here on this process logs warnings and errors only (it sets CAMAL_QUIET). Local. */
void base_options_quiet(void);

#endif
