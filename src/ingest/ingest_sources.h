/** All that an ingest is given, as one set of records.
 *
 * Of one annotation file the ids stay as they are. Those of source n (from 0: the annotated ones in the order
 * given, then the unlabelled ones) get n x 2^48 added, so that no two sources share one: id >> 48 is the
 * source. Categories of the same name are one class, with the first's id. Unlabelled pictures are numbered
 * from 0 in order of name, and their samples are too; the sample of a picture without annotations has the
 * annotation id -1 - its image's id.
 */
#ifndef INGEST_SOURCES_H
#define INGEST_SOURCES_H

#include "base_status.h"
#include "ingest_coco.h"
#include "ingest_options.h"

/** By how many bits the number of a source stands in an id. */
#define INGEST_SOURCE_SHIFT 48

/** Read all sources. Pictures that stand for themselves (unlabelled; without annotations, if --empty-class
 * makes them a class) get a record among the annotations.
 *
 * Local. As ingest_coco_read(), ingest_list_read() and ingest_map_read(); BASE_ERR_INPUT for an id beyond
 * 2^48 in the second source or later, or a list with two pictures of one name. */
base_status ingest_sources_read(const ingest_options *options, ingest_coco *coco);

#endif
