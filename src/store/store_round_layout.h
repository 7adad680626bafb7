/** The contents of a round file, internal to store: one set of tables serves writing and reading. Local. */
#ifndef STORE_ROUND_LAYOUT_H
#define STORE_ROUND_LAYOUT_H

#include "base_status.h"
#include "store_h5.h"
#include "store_round.h"

#define STORE_ROUND_SCHEMA  "camal-round"
#define STORE_ROUND_VERSION 1

/** Write everything of a round into a new file. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_round_layout_write(const store_h5 *h5, const store_round *round);

/** Read everything; *round is set on success only. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_round_layout_read(const store_h5 *h5, store_round *round);

#endif
