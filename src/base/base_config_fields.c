#include "base_config_fields.h"
#include "base_nearest.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHOICES_MAX 16 /* of a key, to be suggested */

#define CHOICES(list)        .choices = list, .choice_count = sizeof list / sizeof *list
#define MEMBER(section, key) (((base_config *)0)->section.key)

/* The kind of a number or text follows from the member's C type, so table and struct cannot disagree. */
#define KIND(member)                                                                                         \
    _Generic((member),                                                                                       \
        char *: BASE_CONFIG_TEXT,                                                                            \
        int32_t: BASE_CONFIG_I32,                                                                            \
        int64_t: BASE_CONFIG_I64,                                                                            \
        uint64_t: BASE_CONFIG_U64,                                                                           \
        double: BASE_CONFIG_REAL)

#define FIELD(section_, key_, kind_, standard_, meaning_)                                                    \
    .section = #section_, .key = #key_, .kind = (kind_), .offset = offsetof(base_config, section_.key_),     \
    .standard = (standard_), .meaning = (meaning_)
#define VALUE(section, key, standard, meaning)                                                               \
    FIELD(section, key, KIND(MEMBER(section, key)), standard, meaning)
#define CHOICE(section, key, standard, meaning, list)                                                        \
    FIELD(section, key, BASE_CONFIG_CHOICE, standard, meaning), CHOICES(list)
#define FLAGS(section, key, standard, meaning, list)                                                         \
    FIELD(section, key, BASE_CONFIG_FLAGS, standard, meaning), CHOICES(list)
#define RANGE(low, high) .min = (low), .max = (high)

static const cyaml_strval_t answers[] = {{"no", BASE_NO}, {"yes", BASE_YES}};
static const cyaml_strval_t signals[] = {{"usr1", BASE_SIGNAL_USR1}, {"term", BASE_SIGNAL_TERM}};
static const cyaml_strval_t networks[] = {{"resnet8", BASE_NETWORK_RESNET8},
                                          {"resnet18", BASE_NETWORK_RESNET18}};
static const cyaml_strval_t stems[] = {{"small", BASE_STEM_SMALL}, {"imagenet", BASE_STEM_IMAGENET}};
static const cyaml_strval_t starts[] = {{"warm", BASE_START_WARM}, {"afresh", BASE_START_AFRESH}};
static const cyaml_strval_t schedules[] = {{"one_cycle", BASE_SCHEDULE_ONE_CYCLE},
                                           {"cosine", BASE_SCHEDULE_COSINE}};
static const cyaml_strval_t reductions[] = {{"tree", BASE_REDUCTION_TREE}, {"mpi", BASE_REDUCTION_MPI}};
static const cyaml_strval_t dtypes[] = {
    {"f32", BASE_DTYPE_F32}, {"bf16", BASE_DTYPE_BF16}, {"auto", BASE_DTYPE_AUTO}};
static const cyaml_strval_t kernels[] = {{"tuned", BASE_KERNELS_TUNED}, {"direct", BASE_KERNELS_DIRECT}};
static const cyaml_strval_t augments[] = {{"mirror", BASE_AUGMENT_MIRROR}, {"turn", BASE_AUGMENT_TURN},
                                          {"shift", BASE_AUGMENT_SHIFT},   {"light", BASE_AUGMENT_LIGHT},
                                          {"cutout", BASE_AUGMENT_CUTOUT}, {"object", BASE_AUGMENT_OBJECT},
                                          {"erase", BASE_AUGMENT_ERASE}};
static const cyaml_strval_t strategies[] = {{"random", BASE_STRATEGY_RANDOM},
                                            {"least_confidence", BASE_STRATEGY_LEAST_CONFIDENCE},
                                            {"margin", BASE_STRATEGY_MARGIN},
                                            {"entropy", BASE_STRATEGY_ENTROPY},
                                            {"cam", BASE_STRATEGY_CAM},
                                            {"cam_margin", BASE_STRATEGY_CAM_MARGIN},
                                            {"power_margin", BASE_STRATEGY_POWER_MARGIN},
                                            {"cam_consistency", BASE_STRATEGY_CAM_CONSISTENCY},
                                            {"cam_overlap", BASE_STRATEGY_CAM_OVERLAP},
                                            {"bald", BASE_STRATEGY_BALD},
                                            {"class_balanced", BASE_STRATEGY_CLASS_BALANCED},
                                            {"coreset", BASE_STRATEGY_CORESET},
                                            {"badge", BASE_STRATEGY_BADGE},
                                            {"cam_badge", BASE_STRATEGY_CAM_BADGE},
                                            {"typiclust", BASE_STRATEGY_TYPICLUST}};
static const cyaml_strval_t preferences[] = {{"low", BASE_PREFER_LOW}, {"high", BASE_PREFER_HIGH}};
static const cyaml_strval_t quotas[] = {{"none", BASE_QUOTA_NONE},
                                        {"balanced", BASE_QUOTA_BALANCED},
                                        {"cam_need", BASE_QUOTA_CAM_NEED},
                                        {"recall_need", BASE_QUOTA_RECALL_NEED}};
static const cyaml_strval_t rules[] = {{"none", BASE_EXCLUDE_NONE},
                                       {"threshold", BASE_EXCLUDE_THRESHOLD},
                                       {"plateau", BASE_EXCLUDE_PLATEAU},
                                       {"cost_aware", BASE_EXCLUDE_COST_AWARE}};
static const cyaml_strval_t exclude_froms[] = {{"training", BASE_EXCLUDE_FROM_TRAINING},
                                               {"budget", BASE_EXCLUDE_FROM_BUDGET},
                                               {"guarded", BASE_EXCLUDE_FROM_GUARDED}};
static const cyaml_strval_t stop_rules[] = {
    {"budget", BASE_STOP_BUDGET}, {"plateau", BASE_STOP_PLATEAU}, {"agreement", BASE_STOP_AGREEMENT}};
static const cyaml_strval_t oracles[] = {{"truth", BASE_ORACLE_TRUTH}, {"people", BASE_ORACLE_PEOPLE}};
static const cyaml_strval_t cant_tells[] = {{"aside", BASE_CANT_TELL_ASIDE}, {"pool", BASE_CANT_TELL_POOL}};

/* Enumerations and flags are written through a uint32_t. */
_Static_assert(sizeof(base_network) == sizeof(uint32_t), "an enumeration is 4 bytes");
_Static_assert(sizeof(base_oracle_kind) == sizeof(uint32_t), "an enumeration is 4 bytes");

const base_config_field base_config_fields[BASE_CONFIG_FIELD_COUNT] = {
    {VALUE(run, folder, "''", "folder of the run's files"), .required = true},
    {VALUE(run, seed, "1", "seed of every random number of the run")},
    {VALUE(run, rounds, "5", "rounds of labelling; round files 0 to rounds"), RANGE(0, 999)},
    {VALUE(run, threads, "1", "threads of each rank; results are the same bits only for the same number"),
     RANGE(1, 1024)},
    {VALUE(run, checkpoint, "10", "minutes between checkpoints within a round, 0 = only when interrupted"),
     RANGE(0, 100000)},
    {FLAGS(run, signals, "[usr1, term]", "signals that end the job at a safe point, [] for none", signals)},
    {VALUE(run, verify, "100", "steps between comparisons of the ranks' weights, 0 = never"),
     RANGE(0, 1000000000)},
    {VALUE(run, timeout, "60", "seconds within which a hanging rank ends the job, 0 = never"),
     RANGE(0, 1000000)},
    {CHOICE(run, oversubscribe, "no", "run more threads on a node than it has cores for", answers)},

    {VALUE(data, dataset, "''", "data set file, made by camal-ingest"), .required = true},
    {VALUE(data, initial, "0.25", "share of the train split that is labelled at the start"), RANGE(0, 1),
     .above = true},
    {VALUE(data, budget, "200", "samples to label in each round"), RANGE(0, 2147483647)},

    {CHOICE(network, name, "resnet8", "network", networks)},
    {CHOICE(network, stem, "small", "first layers: small (3x3) or imagenet (7x7 and pooling)", stems)},
    {VALUE(network, weights, "''",
           "file of the weights to begin with, '' = random: a round, what camal-export --what weights wrote, "
           "or what tools/python/save_weights.py made of torchvision's")},

    {CHOICE(train, start, "warm", "weights of a round: the last round's, or new ones", starts)},
    {VALUE(train, epochs, "30", "most epochs of a round"), RANGE(1, 100000)},
    {VALUE(train, batch, "64", "samples of a step; microbatch times a power of two"), RANGE(2, 65536)},
    {VALUE(train, microbatch, "16", "samples of a micro-batch, the unit of batch norm and of summation"),
     RANGE(2, 65536)},
    {VALUE(train, rate, "0.1", "highest learning rate"), RANGE(0, 100), .above = true},
    {CHOICE(train, schedule, "one_cycle", "course of the learning rate", schedules)},
    {VALUE(train, warmup, "0.3", "share of the steps in which the rate rises"), RANGE(0, 1), .below = true},
    {VALUE(train, momentum, "0.9", "Nesterov momentum"), RANGE(0, 1), .below = true},
    {VALUE(train, weight_decay, "5e-4", "weight decay, not of norms and biases"), RANGE(0, 1)},
    {VALUE(train, label_smoothing, "0.05", "share of the target spread over all classes"), RANGE(0, 1),
     .below = true},
    {VALUE(train, patience, "0", "epochs without a better validation before stopping, 0 = never stop early"),
     RANGE(0, 100000)},
    {VALUE(train, validate, "1", "epochs from one validation to the next"), RANGE(1, 100000)},
    {CHOICE(
        train, dtype, "f32",
        "numbers of activations: f32, bf16 (half the bytes; weights and sums stay f32; refused where the CPU "
        "only emulates it), or auto (bf16 where the CPU has it)",
        dtypes)},
    {CHOICE(train, kernels, "tuned",
            "kernels of convolutions: tuned (the fastest measured, kept for the run and for the next ones on "
            "such a "
            "machine) or direct (the same on every machine of a kind)",
            kernels)},
    {CHOICE(train, reduction, "tree",
            "sum of gradients: tree (the same bits on any number of ranks) or mpi (MPI_Allreduce)",
            reductions)},
    {FLAGS(train, augment, "[mirror, turn, shift, light]",
           "augmentations, [] for none:\n"
           "        mirror  left to right\n"
           "        turn    quarter turns\n"
           "        shift   place and scale\n"
           "        light   brightness and contrast\n"
           "        cutout  a square becomes the mean colour\n"
           "        object  the background becomes that of another labelled sample, where masks are known\n"
           "        erase   what is hot in the last round's heat map (cam.threshold) becomes the mean colour",
           augments)},
    {FLAGS(train, augment_copies, "[]",
           "what the copies of queried samples (select.copies) get beside train.augment", augments)},
    {VALUE(train, mixup, "0", "mix-up of pairs of samples: alpha of Beta(alpha, alpha), 0 = none"),
     RANGE(0, 1)},
    {VALUE(
         train, in_mask, "0.2",
         "weight of 1 - the share of a heat map inside the object's mask in the loss, where masks are known "
         "(arXiv 2303.11932), 0 = none"),
     RANGE(0, 100)},

    {VALUE(cam, layer, "last", "layer whose heat map is scored: last, or a layer's name"), .required = true},
    {VALUE(cam, threshold, "0.5", "share of a heat map's maximum that bounds the mask of a pool sample"),
     RANGE(0, 1), .above = true},

    {CHOICE(
        select, strategy, "margin",
        "which samples of a class are labelled first:\n"
        "        random            any\n"
        "        least_confidence  the least probable prediction\n"
        "        margin            the smallest lead of the likeliest class over the second\n"
        "        entropy           the largest entropy of the prediction\n"
        "        power_margin      1 - margin with Gumbel noise on its logarithm (arXiv 2106.12059)\n"
        "        bald              disagreement under dropout (arXiv 1112.5745, 1703.02910)\n"
        "        class_balanced    large entropy that evens out the classes (arXiv 2110.04543)\n"
        "        coreset           farthest from all labelled ones, in features (arXiv 1708.00489)\n"
        "        badge             diverse gradients by k-means++ (arXiv 1906.03671)\n"
        "        typiclust         typical of clusters without labels (arXiv 2202.02794)\n"
        "        cam               diffuse heat map (prefer: low) or concentrated one (high)\n"
        "        cam_margin        margin times that\n"
        "        cam_consistency   heat map unlike that of the mirrored image\n"
        "        cam_overlap       the two likeliest classes have one heat map\n"
        "        cam_badge         as badge, on features weighted by the heat map\n"
        "      coreset, badge, cam_badge and typiclust keep the pool's features in memory (select.memory)",
        strategies)},
    {CHOICE(select, prefer, "low", "strategies cam and cam_margin: low or high activation first",
            preferences)},
    {CHOICE(select, quota, "recall_need",
            "division of the budget among the classes that samples are predicted as:\n"
            "        none         none\n"
            "        balanced     equal parts\n"
            "        cam_need     by predicted samples times 1 - recall * in-mask energy\n"
            "        recall_need  by 1 - recall",
            quotas)},
    {VALUE(select, quota_cap, "0.41", "largest share of a class's predicted pool samples taken in a round"),
     RANGE(0, 1), .above = true},
    {VALUE(select, copies, "1", "times a queried sample enters training"), RANGE(1, 64)},
    {VALUE(select, memory, "4", "most GB a rank, on average, of what a strategy keeps of the pool"),
     RANGE(0, 1000000), .above = true},

    {CHOICE(
        exclude, rule, "threshold",
        "exclusion of classes by validation accuracy, of those below exclude.accuracy:\n"
        "        none        nothing is excluded\n"
        "        threshold   below it in two rounds running, and not up by exclude.rise since the last\n"
        "        plateau     below it in all of the last exclude.rounds rounds, and not up by exclude.rise\n"
        "                    over them\n"
        "        cost_aware  at the pace of the last exclude.rounds rounds it needs more than exclude.cost\n"
        "                    labels to reach exclude.target",
        rules)},
    {CHOICE(exclude, from, "training",
            "what an excluded class loses:\n"
            "        training  labels, training and predictions, for good\n"
            "        budget    labels only: it trains on those it has, is measured, and takes labels again\n"
            "                  once its accuracy rises above exclude.accuracy + exclude.hysteresis\n"
            "        guarded   labels; after a round also training, and this only for good if the mean\n"
            "                  validation accuracy of the kept classes does not fall in the round without it",
            exclude_froms)},
    {VALUE(exclude, accuracy, "0.6", "accuracy below which a class may be excluded"), RANGE(0, 1)},
    {VALUE(exclude, rise, "0.02", "rise of accuracy that keeps a class"), RANGE(0, 1)},
    {VALUE(exclude, rounds, "2", "rules plateau and cost_aware: rounds of labels looked back over"),
     RANGE(1, 100)},
    {VALUE(exclude, hysteresis, "0.05", "how far above exclude.accuracy a class takes labels again"),
     RANGE(0, 1)},
    {VALUE(exclude, target, "0.95", "rule cost_aware: accuracy that a class is to reach"), RANGE(0, 1)},
    {VALUE(exclude, cost, "200", "rule cost_aware: most labels of a class that reaching it may take"),
     RANGE(0, 1000000000)},
    {VALUE(exclude, after_round, "2", "first round that may exclude"), RANGE(0, 999)},
    {VALUE(exclude, min_classes, "8", "classes that stay at least"), RANGE(1, 1000000)},
    {VALUE(exclude, finish, "0.9999", "accuracy from which a class takes no more labels; above 1 = never"),
     RANGE(0, 2), .above = true},

    {CHOICE(
        stop, rule, "budget",
        "when the run ends, at the latest after run.rounds:\n"
        "        budget     after run.rounds\n"
        "        plateau    the mean validation accuracy of the kept classes has not risen by stop.rise in\n"
        "                   stop.rounds rounds\n"
        "        agreement  predictions for the pool agree with those of the round before: Cohen's kappa,\n"
        "                   its mean over stop.rounds rounds at or above stop.agreement (Bloodgood and\n"
        "                   Vijay-Shanker 2009)\n"
        "      the round after which a run ends chooses nothing; another rule or setting lets it go on",
        stop_rules)},
    {VALUE(stop, rounds, "3", "rules plateau and agreement: rounds looked back over"), RANGE(1, 100)},
    {VALUE(stop, rise, "0.005", "rule plateau: rise of mean accuracy that lets the run go on"), RANGE(0, 1)},
    {VALUE(stop, agreement, "0.99", "rule agreement: kappa that ends the run"), RANGE(-1, 1)},

    {CHOICE(oracle, kind, "truth",
            "who labels: truth (the data set) or people (camal-label takes their answers)", oracles)},
    {CHOICE(oracle, cant_tell, "aside",
            "samples that people could not tell: aside (never asked for again) or pool (may be again)",
            cant_tells)},
};

const base_config_field *base_config_field_find(const char *section, const char *key)
{
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (strcmp(field->section, section) == 0 && strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

bool base_config_section_exists(const char *section)
{
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++)
        if (strcmp(base_config_fields[i].section, section) == 0)
            return true;
    return false;
}

const char *base_config_choice_name(const base_config_field *field, int64_t value)
{
    uint32_t i;

    for (i = 0; i < field->choice_count; i++)
        if (field->choices[i].val == value)
            return field->choices[i].str;
    return NULL;
}

/* Append to text[size] at *used, cutting what does not fit. */
__attribute__((format(printf, 4, 5))) static void append(char *text, size_t size, size_t *used,
                                                         const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(text + *used, size - *used, format, arguments);
    va_end(arguments);
    if (n > 0)
        *used = (size_t)n < size - *used ? *used + (size_t)n : size - 1;
}

void base_config_field_range(const base_config_field *field, char *text, size_t size)
{
    size_t used = 0;
    uint32_t i;

    switch (field->kind) {
    case BASE_CONFIG_TEXT:
        append(text, size, &used, "text");
        break;
    case BASE_CONFIG_U64:
        append(text, size, &used, "whole number, 0 <= %s < 2^64", field->key);
        break;
    case BASE_CONFIG_I32:
    case BASE_CONFIG_I64:
        append(text, size, &used, "whole number, %.0f <= %s <= %.0f", field->min, field->key, field->max);
        break;
    case BASE_CONFIG_REAL:
        append(text, size, &used, "number, %.7g %s %s %s %.7g", field->min,
               field->above ? "<" : "<=", field->key, field->below ? "<" : "<=", field->max);
        break;
    case BASE_CONFIG_CHOICE:
    case BASE_CONFIG_FLAGS:
        append(text, size, &used, field->kind == BASE_CONFIG_FLAGS ? "list of " : "one of ");
        for (i = 0; i < field->choice_count; i++)
            append(text, size, &used, "%s%s", i ? ", " : "", field->choices[i].str);
        break;
    }
}

/* How far a key is from what was written; SIZE_MAX if it cannot have been meant. */
static size_t unlikeness(const base_config_field *field, const char *section, const char *key)
{
    size_t keys = base_nearest_distance(field->key, key),
           sections = section ? base_nearest_distance(field->section, section) : 1;

    if (keys > 2 || keys >= strlen(field->key) || sections == SIZE_MAX)
        return SIZE_MAX;
    /* A known key in a wrong section is a likelier slip than two wrong letters. */
    return 2 * keys + (sections < 2 ? sections : 2);
}

/* The section whose name is nearest, NULL if none is near. */
static const char *nearest_section(const char *name, size_t *best)
{
    const char *nearest = NULL;
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        size_t d = base_nearest_distance(base_config_fields[i].section, name);

        if (d <= 2 && d < strlen(name) && 2 * d < *best) {
            *best = 2 * d;
            nearest = base_config_fields[i].section;
        }
    }
    return nearest;
}

/* All keys of a section, or all sections for NULL. */
static void list_names(const char *section, char *text, size_t size)
{
    const char *last = "", *separator = "";
    size_t used = 0, i;

    append(text, size, &used, section ? "; keys of %s: " : "; sections are ", section);
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (section ? strcmp(field->section, section) != 0 : strcmp(field->section, last) == 0)
            continue;
        append(text, size, &used, "%s%s", separator, section ? field->key : field->section);
        separator = ", ";
        last = field->section;
    }
}

void base_config_choice_suggest(const base_config_field *field, const char *name, char *text, size_t size)
{
    const char *names[CHOICES_MAX], *nearest = NULL;
    size_t used = 0;
    uint32_t i;

    if (field->kind == BASE_CONFIG_CHOICE || field->kind == BASE_CONFIG_FLAGS) {
        for (i = 0; i < field->choice_count && i < CHOICES_MAX; i++)
            names[i] = field->choices[i].str;
        nearest = base_nearest(name, names, i);
    }
    text[0] = 0;
    if (nearest)
        append(text, size, &used, "; did you mean %s?", nearest);
}

void base_config_field_suggest(const char *section, const char *key, char *text, size_t size)
{
    const base_config_field *nearest = NULL;
    size_t best = SIZE_MAX, used = 0, i;
    const char *top = section ? NULL : nearest_section(key, &best);

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        size_t d = unlikeness(&base_config_fields[i], section, key);

        if (d < best) {
            best = d;
            nearest = &base_config_fields[i];
        }
    }
    if (nearest)
        append(text, size, &used, "; did you mean %s.%s?", nearest->section, nearest->key);
    else if (top)
        append(text, size, &used, "; did you mean %s?", top);
    else
        list_names(section && base_config_section_exists(section) ? section : NULL, text, size);
}
