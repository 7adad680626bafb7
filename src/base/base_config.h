/** The configuration of a run: run.yaml, `--set` overrides, documented defaults, ranges.
 *
 * One table (base_config_fields.h) makes the struct's defaults, the YAML schema, the ranges, the override
 * parser, the written-out form and the help text.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum base_network { BASE_NETWORK_RESNET8, BASE_NETWORK_RESNET18 } base_network;
typedef enum base_stem { BASE_STEM_SMALL, BASE_STEM_IMAGENET } base_stem;
typedef enum base_start { BASE_START_WARM, BASE_START_AFRESH } base_start;
typedef enum base_schedule { BASE_SCHEDULE_ONE_CYCLE, BASE_SCHEDULE_COSINE } base_schedule;
typedef enum base_reduction { BASE_REDUCTION_TREE, BASE_REDUCTION_MPI } base_reduction;
typedef enum base_dtype { BASE_DTYPE_F32, BASE_DTYPE_BF16, BASE_DTYPE_AUTO } base_dtype;
typedef enum base_kernels { BASE_KERNELS_TUNED, BASE_KERNELS_DIRECT } base_kernels;
typedef enum base_strategy {
    BASE_STRATEGY_RANDOM,
    BASE_STRATEGY_LEAST_CONFIDENCE,
    BASE_STRATEGY_MARGIN,
    BASE_STRATEGY_ENTROPY,
    BASE_STRATEGY_CAM,
    BASE_STRATEGY_CAM_MARGIN,
    BASE_STRATEGY_POWER_MARGIN,
    BASE_STRATEGY_CAM_CONSISTENCY,
    BASE_STRATEGY_CAM_OVERLAP,
    BASE_STRATEGY_BALD,
    BASE_STRATEGY_CLASS_BALANCED,
    BASE_STRATEGY_CORESET,
    BASE_STRATEGY_BADGE,
    BASE_STRATEGY_CAM_BADGE,
    BASE_STRATEGY_TYPICLUST,
    BASE_STRATEGIES /* how many there are */
} base_strategy;
typedef enum base_prefer { BASE_PREFER_LOW, BASE_PREFER_HIGH } base_prefer;
typedef enum base_quota {
    BASE_QUOTA_NONE,
    BASE_QUOTA_BALANCED,
    BASE_QUOTA_CAM_NEED,
    BASE_QUOTA_RECALL_NEED
} base_quota;
typedef enum base_exclude_rule {
    BASE_EXCLUDE_NONE,
    BASE_EXCLUDE_THRESHOLD,
    BASE_EXCLUDE_PLATEAU,
    BASE_EXCLUDE_COST_AWARE
} base_exclude_rule;
typedef enum base_exclude_from {
    BASE_EXCLUDE_FROM_TRAINING,
    BASE_EXCLUDE_FROM_BUDGET,
    BASE_EXCLUDE_FROM_GUARDED
} base_exclude_from;
typedef enum base_stop_rule { BASE_STOP_BUDGET, BASE_STOP_PLATEAU, BASE_STOP_AGREEMENT } base_stop_rule;
typedef enum base_oracle_kind { BASE_ORACLE_TRUTH, BASE_ORACLE_PEOPLE } base_oracle_kind;
typedef enum base_cant_tell { BASE_CANT_TELL_ASIDE, BASE_CANT_TELL_POOL } base_cant_tell;

typedef enum base_answer { BASE_NO, BASE_YES } base_answer;

/** Bits of run.signals. */
enum { BASE_SIGNAL_USR1 = 1, BASE_SIGNAL_TERM = 2 };

/** Bits of train.augment and train.augment_copies. */
enum {
    BASE_AUGMENT_MIRROR = 1,  /* left-right */
    BASE_AUGMENT_TURN = 2,    /* quarter turns */
    BASE_AUGMENT_SHIFT = 4,   /* shift and scale */
    BASE_AUGMENT_LIGHT = 8,   /* brightness and contrast */
    BASE_AUGMENT_CUTOUT = 16, /* one grey square */
    BASE_AUGMENT_OBJECT = 32, /* the background of another labelled sample */
    BASE_AUGMENT_ERASE = 64   /* without the hottest part of the heat map */
};

typedef struct base_config {
    struct {
        char *folder; /* run folder */
        uint64_t seed;
        int32_t rounds;    /* rounds of labelling; round files 0..rounds */
        int32_t threads;   /* OpenMP threads a rank; part of the bits */
        double checkpoint; /* minutes between checkpoints within a round, 0 = only when interrupted */
        uint32_t signals;  /* BASE_SIGNAL_* bits: what interrupts at a safe point */
        int32_t verify;    /* steps between comparisons of the trainers' weights, 0 = never */
        double timeout;    /* seconds after which a rank without a sign of life ends the job, 0 = never */
        base_answer oversubscribe;
    } run;
    struct {
        char *dataset;  /* dataset.h5 */
        double initial; /* share of the train split labelled at the start */
        int64_t budget; /* samples to label a round */
    } data;
    struct {
        base_network name;
        base_stem stem;
        char *weights; /* file to begin with, "" = random */
    } network;
    struct {
        base_start start;
        int32_t epochs, batch, microbatch;
        double rate; /* peak learning rate */
        base_schedule schedule;
        double warmup; /* share of the steps that warm up */
        double momentum, weight_decay, label_smoothing;
        int32_t patience;     /* epochs without improvement before stopping, 0 = never stop early */
        int32_t validate;     /* epochs between validations */
        base_dtype dtype;     /* of activations, in training and scoring */
        base_kernels kernels; /* how the kernels of convolutions are chosen */
        base_reduction reduction;
        uint32_t augment;        /* BASE_AUGMENT_* bits */
        uint32_t augment_copies; /* what copies get beside them */
        double mixup;            /* alpha of Beta(alpha, alpha), 0 = no mix-up */
        double in_mask;          /* weight of 1 - E in the loss, E the energy of a heat map in its mask */
    } train;
    struct {
        char *layer;      /* "last" or a layer's name */
        double threshold; /* tau of M = [L >= tau max L] */
    } cam;
    struct {
        base_strategy strategy;
        base_prefer prefer; /* cam: low or high activation score first */
        base_quota quota;
        double quota_cap; /* most of a class's predicted pool samples taken in a round */
        int32_t copies;   /* times a queried sample enters training */
        double memory;    /* most GB a rank of what a strategy keeps of the pool */
    } select;
    struct {
        base_exclude_rule rule;
        base_exclude_from from;
        double accuracy;     /* below it a class may be excluded */
        double rise;         /* of accuracy that counts as improving */
        int32_t rounds;      /* plateau, cost_aware: rounds looked back */
        double hysteresis;   /* above `accuracy` at which a class comes back */
        double target;       /* cost_aware: accuracy to be reached */
        int32_t cost;        /* cost_aware: most labels until then */
        int32_t after_round; /* first round that may exclude */
        int32_t min_classes; /* floor on active classes */
        double finish;       /* at or above it a class is finished */
    } exclude;
    struct {
        base_stop_rule rule;
        int32_t rounds;   /* plateau, agreement: rounds looked back */
        double rise;      /* plateau: of mean accuracy that counts as improving */
        double agreement; /* least kappa between successive rounds */
    } stop;
    struct {
        base_oracle_kind kind;
        base_cant_tell cant_tell; /* where samples go that people could not tell */
    } oracle;
} base_config;

/** Defaults for every key. Strings are allocated; free with base_config_clear(). Local. */
base_status base_config_defaults(base_config *config);

/** Read a YAML file over the current values; keys it leaves out keep theirs.
 *
 * Errors name file, line and key, the nearest valid key for a typing error, and the allowed values.
 * Local. BASE_ERR_USAGE (unknown key, wrong type), BASE_ERR_NOT_FOUND (no such file), BASE_ERR_INPUT (a
 * folder), BASE_ERR_IO, BASE_ERR_MEMORY. *config is unchanged on error.
 */
base_status base_config_read(base_config *config, const char *path);

/** The same from text in memory; `name` stands for the file in messages. */
base_status base_config_read_text(base_config *config, const char *text, size_t size, const char *name);

/** Apply one override "section.key=value", value in YAML. Local. BASE_ERR_USAGE. */
base_status base_config_set(base_config *config, const char *assignment);

/** Check ranges and combinations; logs key, value and range of every violation. Local. BASE_ERR_USAGE. */
base_status base_config_check(const base_config *config);

/** The effective configuration as YAML; *text is the caller's to free. Reading it gives the same struct. */
base_status base_config_write(const base_config *config, char **text, size_t *size);

/** Copy, deep. */
base_status base_config_copy(const base_config *from, base_config *to);

/** Free what the strings hold and zero the struct. NULL-safe. */
void base_config_clear(base_config *config);

/** Every key with type, default, range and one line of meaning, as text for --help. */
void base_config_help(FILE *out);

/** The name of an enumeration's value as it is written in YAML. Static storage. */
const char *base_config_strategy_name(base_strategy strategy);
const char *base_config_network_name(base_network network);
const char *base_config_stem_name(base_stem stem);

#endif
