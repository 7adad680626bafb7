#include "camal_export_metrics.h"
#include "camal_export_tables.h"
#include "camal_json.h"

static base_status write_epoch(const store_round *round, const store_epoch *epoch, FILE *out)
{
    camal_json json = camal_json_begin_line();

    camal_json_text(&json, "kind", "epoch");
    camal_json_integer(&json, "round", round->index);
    camal_json_integer(&json, "epoch", epoch->epoch);
    camal_json_integer(&json, "steps", epoch->steps);
    camal_json_float(&json, "rate", epoch->rate);
    camal_json_float(&json, "train_loss", epoch->train_loss);
    camal_json_float(&json, "train_accuracy", epoch->train_accuracy);
    camal_json_float(&json, "validation_loss", epoch->validation_loss);
    camal_json_float(&json, "validation_accuracy", epoch->validation_accuracy);
    return camal_json_finish(&json, out);
}

static void add_counts(const store_round *round, camal_json *json)
{
    int64_t by_status[STORE_CLASS_STATUSES] = {0};
    size_t c;

    for (c = 0; c < round->classes; c++)
        by_status[round->class_state[c].status]++;
    camal_json_integer(json, "labelled", export_labelled(round));
    camal_json_integer(json, "queries", (int64_t)round->queries);
    camal_json_integer(json, "active", by_status[STORE_CLASS_ACTIVE]);
    camal_json_integer(json, "finished", by_status[STORE_CLASS_FINISHED]);
    camal_json_integer(json, "excluded", by_status[STORE_CLASS_EXCLUDED]);
    camal_json_integer(json, "paused", by_status[STORE_CLASS_PAUSED]);
    camal_json_real(json, "agreement", round->agreement);
}

static void add_seconds(const store_timing *timing, camal_json *json)
{
    camal_json_open_map(json, "seconds");
    camal_json_real(json, "train", timing->train);
    camal_json_real(json, "evaluate", timing->evaluate);
    camal_json_real(json, "score", timing->score);
    camal_json_real(json, "select", timing->select);
    camal_json_close_map(json);
}

base_status export_metrics(const store_round *round, FILE *out)
{
    camal_json json;
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; status == BASE_OK && i < round->epochs; i++)
        status = write_epoch(round, &round->epoch[i], out);
    if (status != BASE_OK)
        return status;
    json = camal_json_begin_line();
    camal_json_text(&json, "kind", "round");
    camal_json_integer(&json, "round", round->index);
    add_counts(round, &json);
    camal_json_integer(&json, "best_epoch", round->best_epoch);
    camal_json_real(&json, "validation_accuracy", round->validation_accuracy);
    camal_json_real(&json, "test_accuracy", round->test_accuracy);
    camal_json_real(&json, "kept_test_accuracy", round->kept_test_accuracy);
    camal_json_real(&json, "all_test_accuracy", round->all_test_accuracy);
    camal_json_real(&json, "validation_calibration", round->validation_calibration);
    camal_json_real(&json, "test_calibration", round->test_calibration);
    add_seconds(&round->timing, &json);
    return camal_json_finish(&json, out);
}
