/** A study: data sets x seeds x arms, as its YAML file says. */
#ifndef STUDY_FILE_H
#define STUDY_FILE_H

#include "base_config.h"
#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

#define STUDY_NAME_MAX 64

/** A setting of the run's configuration, as --set takes it. */
typedef struct study_setting {
    char *text; /* "section.key=value" */
    int line;   /* of the study file */
} study_setting;

/** A data set, or an arm: a name and what it sets over the base run. */
typedef struct study_entry {
    char *name;
    char *file;    /* data sets: the HDF5 file, relative to the working folder */
    char *without; /* arms: what this arm takes away from compare.proposed, for the ablation table; or NULL */
    study_setting *set;
    size_t sets;
} study_entry;

typedef struct study_file {
    char *path;      /* of the study file, as the user named it */
    char *folder;    /* of all runs, relative to the working folder */
    uint64_t *seeds; /* [seed_count] ascending as given, each once */
    size_t seed_count;
    char *run; /* path of the base run file (it stands in the file relative to the file's folder) */
    study_entry *datasets, *arms; /* [dataset_count], [arm_count] */
    size_t dataset_count, arm_count;
    size_t
        *against; /* [against_count] arms that every other is compared with; compare.default is the first */
    size_t against_count;
    size_t standard, proposed; /* compare.default and compare.proposed */
} study_file;

/** Read a study file and check all of it: keys (the nearest is named), names, settings against the keys of
 * the configuration, references between its parts. Every complaint begins with file and line.
 *
 * Local. BASE_ERR_USAGE, BASE_ERR_NOT_FOUND, BASE_ERR_IO, BASE_ERR_MEMORY. *study is set on success only,
 * then study_file_clear() frees it. */
base_status study_file_read(const char *path, study_file *study);

/** NULL-safe; zeroes the struct. */
void study_file_clear(study_file *study);

/** The configuration of a run: the base run file, then what the data set sets, then the arm; then run.seed,
 * data.dataset, and run.folder = FOLDER/DATASET/ARM-seedN. Checked by base_config_check().
 *
 * Local. BASE_ERR_USAGE (a setting that is refused; its line is named), BASE_ERR_NOT_FOUND, BASE_ERR_IO,
 * BASE_ERR_MEMORY. *config is set on success only, then base_config_clear() frees it. */
base_status study_file_config(const study_file *study, size_t dataset, size_t arm, uint64_t seed,
                              base_config *config);

#endif
