/** PyTorch's answers as parity_make.py wrote them, and the inputs they belong to, computed here again. */
#ifndef PARITY_FIXTURE_H
#define PARITY_FIXTURE_H

#include "nn_models.h"
#include "nn_weights.h"
#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARITY_NAME_MAX    64
#define PARITY_STRIDED     64
#define PARITY_PROJECTIONS 4
#define PARITY_DIGEST      (1 + PARITY_STRIDED + PARITY_PROJECTIONS)

typedef struct parity_record {
    char name[PARITY_NAME_MAX + 1];
    size_t count;
    double *values;
} parity_record;

typedef struct parity_fixture {
    int count;
    parity_record *record;
    base_network network;
    base_stem stem;
    int32_t size, classes, batch;
    uint64_t seed;
    float smoothing;
    uint8_t *active;
} parity_fixture;

/** Run the suite on the files of the folder that the first argument names, else on the committed ones; the
 * exit code of main(). */
int parity_fixture_run(int argc, char **argv, Suite *suite);

/** Read parity_NAME.bin. Ends the program with a message if it cannot. */
parity_fixture parity_fixture_read(const char *name);

void parity_fixture_free(parity_fixture *fixture);

/** A record by name; ends the program if there is none. */
const parity_record *parity_fixture_find(const parity_fixture *fixture, const char *name);

/** Weights and running statistics, as fill_weights() of parity_make.py. */
void parity_fixture_weights(const parity_fixture *fixture, nn_weights *weights);

/** Images [B,3,S,S] and labels [B] of a step, as batch_of(). */
void parity_fixture_batch(const parity_fixture *fixture, int step, float *images, int32_t *labels);

/** ||values - record|| / ||record||. */
double parity_fixture_distance(const parity_record *record, const float *values);

/** The largest deviation of a tensor from the digest of PyTorch's: of the norm and the projections relative
 * to the norm, of the strided elements relative to their own norm or their share of the norm if that is
 * larger.
 * @param place  the tensor's number in the table
 */
double parity_fixture_digest_distance(const parity_fixture *fixture, const parity_record *record,
                                      const float *values, size_t count, int place);

/** Estimate of ||values - record|| / ||record|| from the projections alone: their root mean square. */
double parity_fixture_projection_error(const parity_fixture *fixture, const parity_record *record,
                                       const float *values, size_t count, int place);

#endif
