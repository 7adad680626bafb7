#include "camal_inspect.h"
#include "camal_json.h"

static void put_provenance(camal_json *json, const char *path, const store_round *round)
{
    camal_json_text(json, "kind", "round");
    camal_json_text(json, "path", path);
    camal_json_integer(json, "round", round->index);
    camal_json_text(json, "version", round->version);
    camal_json_text(json, "dataset_digest", round->dataset_digest);
    camal_json_text(json, "parent_digest", round->parent_digest);
    camal_json_text(json, "start_digest", round->start_digest);
    camal_json_unsigned(json, "seed", round->seed);
    camal_json_integer(json, "ranks", round->ranks);
    camal_json_integer(json, "threads", round->threads);
    camal_json_integer(json, "samples", (int64_t)round->samples);
    camal_json_integer(json, "model_tensors", round->model_tensors);
    camal_json_text(json, "plan", round->plan);
    camal_json_text(json, "config", round->config);
}

static void put_counts(camal_json *json, const store_round *round)
{
    inspect_counts counts = inspect_count(round);

    camal_json_integer(json, "labelled_start", counts.start);
    camal_json_integer(json, "labelled_added", counts.added);
    camal_json_integer(json, "unlabelled", counts.pool);
    camal_json_integer(json, "outside", counts.outside);
    camal_json_open_map(json, "queries");
    camal_json_integer(json, "scored", (int64_t)round->scores);
    camal_json_integer(json, "chosen", (int64_t)round->queries);
    camal_json_integer(json, "quota", counts.by_reason[STORE_QUERY_QUOTA]);
    camal_json_integer(json, "fill", counts.by_reason[STORE_QUERY_FILL]);
    camal_json_integer(json, "strategy", counts.by_reason[STORE_QUERY_STRATEGY]);
    camal_json_integer(json, "answered", counts.answered);
    camal_json_integer(json, "as_predicted", counts.as_predicted);
    camal_json_close_map(json);
}

static void put_metrics(camal_json *json, const store_round *round)
{
    camal_json_real(json, "validation_accuracy", round->validation_accuracy);
    camal_json_real(json, "test_accuracy", round->test_accuracy);
    camal_json_real(json, "kept_test_accuracy", round->kept_test_accuracy);
    camal_json_real(json, "all_test_accuracy", round->all_test_accuracy);
    camal_json_real(json, "validation_calibration", round->validation_calibration);
    camal_json_real(json, "test_calibration", round->test_calibration);
    camal_json_real(json, "agreement", round->agreement);
    camal_json_integer(json, "agreement_samples", round->agreement_samples);
    camal_json_integer(json, "best_epoch", round->best_epoch);
    camal_json_open_map(json, "seconds");
    camal_json_real(json, "train", round->timing.train);
    camal_json_real(json, "evaluate", round->timing.evaluate);
    camal_json_real(json, "score", round->timing.score);
    camal_json_real(json, "select", round->timing.select);
    camal_json_close_map(json);
}

static void put_class(camal_json *json, const store_round *round, int32_t number,
                      const select_exclusion_options *options)
{
    const store_class *c = &round->class_state[number];
    char sentence[160];

    select_exclusion_reason(c, options, sentence, sizeof sentence);
    camal_json_open_map(json, NULL);
    camal_json_text(json, "name", round->class_name[number]);
    camal_json_text(json, "status", select_exclusion_status_name(c->status));
    camal_json_text(json, "reason", select_exclusion_reason_name(c->reason));
    camal_json_text(json, "sentence", sentence);
    camal_json_integer(json, "decided_round", c->decided_round);
    camal_json_integer(json, "below", c->below);
    camal_json_integer(json, "labelled", c->labelled);
    camal_json_integer(json, "added", c->added);
    camal_json_share(json, "validation_accuracy", c->validation_accuracy);
    camal_json_share(json, "best_validation_accuracy", c->best_validation_accuracy);
    camal_json_share(json, "test_accuracy", c->test_accuracy);
    camal_json_share(json, "cam_score", c->cam_score);
    camal_json_share(json, "test_cam_score", c->test_cam_score);
    camal_json_float(json, "need", c->need);
    camal_json_integer(json, "pool_predicted", c->pool_predicted);
    camal_json_integer(json, "quota", c->quota);
    camal_json_integer(json, "chosen", inspect_queries_of(round, number, 0));
    camal_json_integer(json, "answers", inspect_queries_of(round, number, 1));
    camal_json_integer(json, "validation_count", c->validation_count);
    camal_json_integer(json, "test_count", c->test_count);
    camal_json_integer(json, "labels_needed", c->labels_needed);
    camal_json_close_map(json);
}

static void put_epochs(camal_json *json, const store_round *round)
{
    size_t i;

    camal_json_open_list(json, "epochs");
    for (i = 0; i < round->epochs; i++) {
        const store_epoch *e = &round->epoch[i];

        camal_json_open_map(json, NULL);
        camal_json_integer(json, "epoch", e->epoch);
        camal_json_integer(json, "steps", e->steps);
        camal_json_float(json, "rate", e->rate);
        camal_json_float(json, "train_loss", e->train_loss);
        camal_json_float(json, "train_accuracy", e->train_accuracy);
        camal_json_float(json, "validation_loss", e->validation_loss);
        camal_json_float(json, "validation_accuracy", e->validation_accuracy);
        camal_json_close_map(json);
    }
    camal_json_close_list(json);
}

base_status inspect_json_round(const char *path, const store_round *round,
                               const select_exclusion_options *options)
{
    camal_json json = camal_json_begin();
    size_t c;

    put_provenance(&json, path, round);
    put_counts(&json, round);
    put_metrics(&json, round);
    camal_json_open_list(&json, "classes");
    for (c = 0; c < round->classes; c++)
        put_class(&json, round, (int32_t)c, options);
    camal_json_close_list(&json);
    put_epochs(&json, round);
    return camal_json_finish(&json, stdout);
}

static void put_stop(camal_json *json, const inspect_line *lines, size_t count, const camal_stops *stops,
                     int32_t rule)
{
    const inspect_line *at = inspect_stop(lines, count, stops, rule);

    camal_json_open_map(json, NULL);
    camal_json_text(json, "rule", camal_stops_name(rule));
    camal_json_boolean(json, "would_stop", at != NULL);
    if (at) {
        camal_json_boolean(json, "stopped", at->stopped == rule);
        camal_json_integer(json, "round", at->round);
        camal_json_integer(json, "labels_fewer", lines[count - 1].labelled - at->labelled);
        camal_json_real(json, "test_accuracy", at->test);
        camal_json_real(json, "instead_of", lines[count - 1].test);
        camal_json_text(json, "reason", stops->found[rule].reason);
    }
    camal_json_close_map(json);
}

base_status inspect_json_run(const char *path, const inspect_line *lines, size_t count,
                             const camal_stops *stops)
{
    camal_json json = camal_json_begin();
    size_t i;

    camal_json_text(&json, "kind", "run");
    camal_json_text(&json, "path", path);
    camal_json_open_list(&json, "rounds");
    for (i = 0; i < count; i++) {
        camal_json_open_map(&json, NULL);
        camal_json_integer(&json, "round", lines[i].round);
        camal_json_integer(&json, "labelled", lines[i].labelled);
        camal_json_real(&json, "validation_accuracy", lines[i].validation);
        camal_json_real(&json, "test_accuracy", lines[i].test);
        camal_json_real(&json, "kept_test_accuracy", lines[i].kept_test);
        camal_json_real(&json, "all_test_accuracy", lines[i].all_test);
        camal_json_integer(&json, "active", lines[i].active);
        camal_json_integer(&json, "finished", lines[i].finished);
        camal_json_integer(&json, "excluded", lines[i].excluded);
        camal_json_integer(&json, "paused", lines[i].paused);
        camal_json_real(&json, "agreement", lines[i].agreement);
        camal_json_integer(&json, "queries", (int64_t)lines[i].queries);
        camal_json_real(&json, "seconds", lines[i].seconds);
        camal_json_close_map(&json);
    }
    camal_json_close_list(&json);
    camal_json_open_list(&json, "stops");
    put_stop(&json, lines, count, stops, BASE_STOP_PLATEAU);
    put_stop(&json, lines, count, stops, BASE_STOP_AGREEMENT);
    camal_json_close_list(&json);
    return camal_json_finish(&json, stdout);
}
