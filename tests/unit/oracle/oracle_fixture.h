/** A small data set on disk for the oracle's tests. */
#ifndef ORACLE_FIXTURE_H
#define ORACLE_FIXTURE_H

#include "store_dataset.h"

/** A folder of its own under $TMPDIR or /tmp into folder[size]; the process ends if it cannot be made. */
void fixture_folder(char *folder, size_t size);

/** Remove the folder and what is in it. */
void fixture_remove(const char *folder);

/** Write FOLDER/dataset.h5 and open it: samples of `classes` classes whose sizes are class_sizes[classes],
 * interleaved; every fifth sample of a class is a validation one; ids past 2^31. The process ends on failure.
 */
store_dataset *fixture_dataset(const char *folder, const size_t *class_sizes, size_t classes);

#endif
