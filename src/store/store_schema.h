/** hdf5-schemas/<kind>.yaml as data, and the check of a file against it. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base_status.h"
#include <stddef.h>

/** Check one HDF5 file against the schema of its kind (its attribute `schema` names it).
 *
 * Every object and attribute the schema requires must be there with its type and shape; sizes that share a
 * letter must agree; what the schema does not name is an error; every checksum is verified by reading.
 * Problems are logged one by one with file, object, found and expected.
 *
 * Local. BASE_ERR_INPUT if there is a problem, BASE_ERR_IO if the file or the schema cannot be read.
 * @param schemas  folder of the schema files
 */
base_status store_schema_check(const char *path, const char *schemas, size_t *problems);

#endif
