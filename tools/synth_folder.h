/** The output folder: may it be used, is it already there, how it comes into being at once.
 *
 * A data set is built in DIR.tmp and renamed to DIR at the end, with a marker file synth.json that holds what
 * it was asked for and a digest of all other files. So DIR is complete, or it is not there.
 */
#ifndef SYNTH_FOLDER_H
#define SYNTH_FOLDER_H

#include "synth_plan.h"
#include <limits.h>
#include <stdbool.h>

typedef struct synth_folder {
    char final[PATH_MAX];     /* DIR without slashes at its end */
    char temporary[PATH_MAX]; /* DIR.tmp */
} synth_folder;

/** See whether DIR may be written and whether it already holds what is asked for.
 *
 * Refuses a folder that holds anything camal-synth does not write, or that lacks its marker. Local.
 * BASE_ERR_USAGE (refused, name too long), BASE_ERR_IO, BASE_ERR_MEMORY.
 *
 * @param complete  out: true if the marker is that of this request and every file is as it was written
 */
base_status synth_folder_examine(const char *name, const synth_request *request, synth_folder *folder,
                                 bool *complete);

/** Make DIR.tmp with its subfolders, after removing what an interrupted run left there. Local. BASE_ERR_IO.
 */
base_status synth_folder_begin(synth_folder *folder);

/** Path of a file in DIR.tmp. BASE_ERR_USAGE if too long. */
base_status synth_folder_path(const synth_folder *folder, const char *subfolder, const char *name,
                              char path[PATH_MAX]);

/** Write the marker, bring everything to the disk, and replace DIR by DIR.tmp. Local. BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status synth_folder_commit(const synth_folder *folder, const synth_request *request);

#endif
