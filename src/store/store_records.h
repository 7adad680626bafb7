/** Plain records that travel between ranks, selection and files. No functions, no pointers. */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include <stdint.h>

#define STORE_LABEL_UNKNOWN   (-1)
#define STORE_LABEL_CANT_TELL (-2) /* asked, and whoever answered could not tell */
#define STORE_ANNOTATOR_MAX   64
#define STORE_TIME_MAX        32

typedef enum store_split {
    STORE_SPLIT_TRAIN = 0,
    STORE_SPLIT_VALIDATION = 1,
    STORE_SPLIT_TEST = 2
} store_split;

/** /pool/state of a sample. */
typedef enum store_pool_state {
    STORE_POOL_OUTSIDE = 0, /* validation or test: never trained on, never queried */
    STORE_POOL_UNLABELLED = 1,
    STORE_POOL_LABELLED = 2,
    STORE_POOL_ASIDE = 3 /* nobody could tell: neither trained on nor asked for again */
} store_pool_state;

typedef enum store_class_status {
    STORE_CLASS_ACTIVE = 0,
    STORE_CLASS_FINISHED = 1,
    STORE_CLASS_EXCLUDED = 2, /* out of training, predictions and budget */
    STORE_CLASS_PAUSED = 3    /* excluded from the budget only: trains on the labels it has, is predicted */
} store_class_status;

#define STORE_CLASS_STATUSES 4

/** Why a class has its status; written for every decision. */
typedef enum store_class_reason {
    STORE_REASON_NONE = 0,            /* active, nothing decided */
    STORE_REASON_FINISHED = 1,        /* accuracy at or above exclude.finish */
    STORE_REASON_BELOW_THRESHOLD = 2, /* out: below exclude.accuracy twice running, without improving */
    STORE_REASON_IMPROVING = 3,       /* below the threshold, kept: it improved */
    STORE_REASON_FLOOR = 4,           /* below the threshold, kept: exclude.min_classes reached */
    STORE_REASON_TOO_EARLY = 5,       /* below the threshold, kept: before exclude.after_round */
    STORE_REASON_NO_VALIDATION = 6,   /* no validation sample: nothing can be said */
    STORE_REASON_WATCHED = 7,         /* below the threshold, kept: too few rounds to judge by */
    STORE_REASON_PLATEAU = 8,         /* out: below the threshold, no rise in exclude.rounds */
    STORE_REASON_COST = 9,            /* out: reaching exclude.target takes too many labels */
    STORE_REASON_AFFORDABLE = 10,     /* below the threshold, kept: it does not take too many */
    STORE_REASON_READMITTED = 11,     /* active again: it rose above the threshold and exclude.hysteresis */
    STORE_REASON_ON_TRIAL = 12,       /* excluded from training too, for a round */
    STORE_REASON_LEFT_OUT = 13,       /* for good: the kept classes did not lose in the round without it */
    STORE_REASON_RETURNED = 14        /* paused, in training again: the kept classes lost */
} store_class_reason;

#define STORE_CLASS_REASONS 15

/** store_class.labels_needed where no number of labels is enough. */
#define STORE_LABELS_NEVER INT32_MAX

/** Scores of one pool sample; M = [L >= tau max L] on the heat map L of the predicted class. */
typedef struct store_score {
    int64_t sample;
    int32_t predicted, second; /* most and second most likely active class */
    float confidence;          /* softmax probability of the predicted class, over active classes */
    float margin;              /* confidence minus that of the second */
    float entropy;             /* of the softmax, nats */
    float cam_sum;             /* raw sum of L */
    float cam_activation;      /* A = sum(L M) / sum(L); 0 if L is all zero */
    float cam_area;            /* |M| / positions */
    float cam_entropy;         /* of L / sum(L), divided by ln(positions): 0..1 */
    float cam_overlap;   /* sum min(L1,L2) / sum max(L1,L2) of the two likeliest classes' maps, each over its
                            own sum */
    float cam_agreement; /* the same measure between the map and the mirrored image's map mirrored back */
    uint8_t cam_empty;   /* 1: L is all zero, a counted case */
} store_score;

/** One validation or test sample, with its mask known. E = sum(L M) / sum(L), L the map of its own label. */
typedef struct store_evaluation {
    int64_t sample;
    int32_t label, predicted;
    float confidence;    /* of the predicted class */
    float loss;          /* -log softmax probability of the label */
    float energy;        /* energy-based pointing game, arXiv 1910.01279 */
    float attention_iou; /* soft: sum min(Ln, M) / sum max(Ln, M), Ln = L / max L; arXiv 2503.19846 */
    uint8_t hit;         /* pointing game: the largest L lies in M */
    uint8_t cam_empty;
    uint8_t split; /* store_split */
} store_evaluation;

/** One sample chosen in a round. */
typedef struct store_query {
    int64_t sample;
    int32_t predicted;
    int32_t rank;   /* place in the round's order, 0 first */
    float score;    /* what it was ranked by, smaller = earlier */
    int32_t answer; /* class the oracle gave, STORE_LABEL_UNKNOWN while waiting */
    uint8_t reason; /* store_query_reason */
} store_query;

typedef enum store_query_reason {
    STORE_QUERY_STRATEGY = 0, /* chosen by strategy over the whole pool (no quota) */
    STORE_QUERY_QUOTA = 1,    /* within the quota of its predicted class */
    STORE_QUERY_FILL = 2      /* the quotas' caps left budget over: best of the rest */
} store_query_reason;

/** Who answered a query, and when. */
typedef struct store_answer {
    int64_t sample;
    int32_t answer; /* class, or STORE_LABEL_CANT_TELL */
    char annotator[STORE_ANNOTATOR_MAX];
    char answered_at[STORE_TIME_MAX]; /* UTC, 2026-11-25T09:30:00Z */
} store_answer;

/** A class in a round. Accuracies are recalls; -1 where there is no sample to measure. */
typedef struct store_class {
    int32_t status;        /* store_class_status, after this round's decision */
    int32_t reason;        /* store_class_reason */
    int32_t decided_round; /* round in which the status was reached, -1 while active */
    int32_t below; /* rounds running below exclude.accuracy; paused or excluded: as of that decision */
    float validation_accuracy, best_validation_accuracy; /* best: largest so far */
    float test_accuracy;                                 /* recorded; decides nothing */
    float cam_score;        /* s_c: mean energy over the class's validation samples, -1 if none */
    float test_cam_score;   /* the same over test samples; decides nothing */
    float need;             /* 1 - a_c s_c; with select.quota recall_need 1 - a_c */
    int64_t quota;          /* samples granted this round */
    int64_t labelled;       /* labelled train samples this round's model was trained on */
    int64_t added;          /* of those, labelled after round 0 */
    int64_t pool_predicted; /* pool samples predicted as this class */
    int64_t validation_count, test_count;
    int64_t labels_needed; /* rule cost_aware: to reach exclude.target; -1 unknown, STORE_LABELS_NEVER */
} store_class;

/** One epoch of training. */
typedef struct store_epoch {
    int32_t epoch;
    int64_t steps; /* steps done at its end */
    float rate;    /* at its last step */
    float train_loss, train_accuracy;
    float validation_loss, validation_accuracy; /* mean recall over active classes; NaN if not measured */
} store_epoch;

#endif
