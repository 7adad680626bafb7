#include "base_config.h"
#include "base_config_fields.h"
#include "base_file.h"
#include "base_random.h"
#include "capture.h"
#include "unit_test.h"
#include <stdlib.h>

static capture captured; /* tests run in processes of their own */

static const char complete[] = "run: {folder: runs/a, seed: 7}\n"
                               "data:\n"
                               "  dataset: a.h5\n"
                               "  budget: 10\n"
                               "train:\n"
                               "  rate: 0.05\n"
                               "  augment: [turn, cutout]\n";

static base_config defaults(void)
{
    base_config config;

    ck_assert_int_eq(base_config_defaults(&config), BASE_OK);
    return config;
}

static char *written(const base_config *config)
{
    char *text;
    size_t size;

    ck_assert_int_eq(base_config_write(config, &text, &size), BASE_OK);
    ck_assert_uint_eq(strlen(text), size);
    return text;
}

static void expect_same(const base_config *a, const base_config *b)
{
    char *first = written(a), *second = written(b);

    ck_assert_str_eq(first, second);
    free(first);
    free(second);
}

static base_status read_text(base_config *config, const char *text)
{
    return base_config_read_text(config, text, strlen(text), "run.yaml");
}

START_TEST(defaults_are_the_documented_ones)
{
    base_config config = defaults();

    ck_assert_str_eq(config.run.folder, "");
    ck_assert_uint_eq(config.run.seed, 1);
    ck_assert_int_eq(config.run.rounds, 5);
    ck_assert_int_eq(config.run.threads, 1);
    ck_assert_str_eq(config.data.dataset, "");
    ck_assert_double_eq(config.data.initial, 0.25);
    ck_assert_int_eq(config.data.budget, 200);
    ck_assert_int_eq(config.network.name, BASE_NETWORK_RESNET8);
    ck_assert_int_eq(config.network.stem, BASE_STEM_SMALL);
    ck_assert_int_eq(config.train.start, BASE_START_WARM);
    ck_assert_int_eq(config.train.epochs, 30);
    ck_assert_int_eq(config.train.batch, 64);
    ck_assert_int_eq(config.train.microbatch, 16);
    ck_assert_double_eq(config.train.rate, 0.1);
    ck_assert_int_eq(config.train.schedule, BASE_SCHEDULE_ONE_CYCLE);
    ck_assert_double_eq(config.train.warmup, 0.3);
    ck_assert_double_eq(config.train.momentum, 0.9);
    ck_assert_double_eq(config.train.weight_decay, 5e-4);
    ck_assert_double_eq(config.train.label_smoothing, 0.05);
    ck_assert_int_eq(config.train.patience, 0);
    ck_assert_int_eq(config.train.validate, 1);
    ck_assert_int_eq(config.train.reduction, BASE_REDUCTION_TREE);
    ck_assert_uint_eq(config.train.augment,
                      BASE_AUGMENT_MIRROR | BASE_AUGMENT_TURN | BASE_AUGMENT_SHIFT | BASE_AUGMENT_LIGHT);
    ck_assert_uint_eq(config.train.augment_copies, 0);
    ck_assert_double_eq(config.train.mixup, 0);
    ck_assert_double_eq(config.train.in_mask, 0.2);
    ck_assert_str_eq(config.cam.layer, "last");
    ck_assert_double_eq(config.cam.threshold, 0.5);
    ck_assert_int_eq(config.select.strategy, BASE_STRATEGY_MARGIN);
    ck_assert_int_eq(config.select.prefer, BASE_PREFER_LOW);
    ck_assert_int_eq(config.select.quota, BASE_QUOTA_RECALL_NEED);
    ck_assert_double_eq(config.select.quota_cap, 0.41);
    ck_assert_int_eq(config.select.copies, 1);
    ck_assert_int_eq(config.exclude.rule, BASE_EXCLUDE_THRESHOLD);
    ck_assert_double_eq(config.exclude.accuracy, 0.6);
    ck_assert_int_eq(config.exclude.after_round, 2);
    ck_assert_int_eq(config.exclude.min_classes, 8);
    ck_assert_double_eq(config.exclude.finish, 0.9999);
    ck_assert_int_eq(config.exclude.from, BASE_EXCLUDE_FROM_TRAINING);
    ck_assert_double_eq(config.exclude.rise, 0.02);
    ck_assert_int_eq(config.exclude.rounds, 2);
    ck_assert_double_eq(config.exclude.hysteresis, 0.05);
    ck_assert_double_eq(config.exclude.target, 0.95);
    ck_assert_int_eq(config.exclude.cost, 200);
    ck_assert_int_eq(config.stop.rule, BASE_STOP_BUDGET);
    ck_assert_int_eq(config.stop.rounds, 3);
    ck_assert_double_eq(config.stop.rise, 0.005);
    ck_assert_double_eq(config.stop.agreement, 0.99);
    ck_assert_int_eq(config.oracle.kind, BASE_ORACLE_TRUTH);
    base_config_clear(&config);
}
END_TEST

START_TEST(keys_left_out_keep_their_values)
{
    base_config config = defaults();

    ck_assert_int_eq(read_text(&config, complete), BASE_OK);
    ck_assert_str_eq(config.run.folder, "runs/a");
    ck_assert_uint_eq(config.run.seed, 7);
    ck_assert_int_eq(config.data.budget, 10);
    ck_assert_double_eq(config.train.rate, 0.05);
    ck_assert_uint_eq(config.train.augment, BASE_AUGMENT_TURN | BASE_AUGMENT_CUTOUT);
    ck_assert_int_eq(config.train.epochs, 30);
    ck_assert_int_eq(read_text(&config, "run: {seed: 8}\n"), BASE_OK);
    ck_assert_str_eq(config.run.folder, "runs/a");
    ck_assert_uint_eq(config.run.seed, 8);
    ck_assert_int_eq(read_text(&config, ""), BASE_OK);
    ck_assert_int_eq(read_text(&config, "# nothing\n"), BASE_OK);
    ck_assert_uint_eq(config.run.seed, 8);
    ck_assert_int_eq(base_config_check(&config), BASE_OK);
    base_config_clear(&config);
}
END_TEST

static void expect_round_trip(const base_config *config)
{
    base_config again = defaults();
    char *text = written(config);

    ck_assert_int_eq(read_text(&again, text), BASE_OK);
    expect_same(config, &again);
    ck_assert_str_eq(again.run.folder, config->run.folder);
    ck_assert_uint_eq(again.run.seed, config->run.seed);
    ck_assert(again.train.rate == config->train.rate);
    ck_assert(again.train.weight_decay == config->train.weight_decay);
    ck_assert_uint_eq(again.train.augment, config->train.augment);
    base_config_clear(&again);
    free(text);
}

START_TEST(written_text_reads_back_to_the_same_struct)
{
    static const char *const folders[] = {
        "runs/a", "",  "with blank", " edge ", "it's", "\"q\\\"", "#5", "a: b", "- x", "[x]", "{}", "*a",
        "&a",     "5", "true",       "Ünï/ç",  "a #b", "%x",      "!t", "@",    "`",   "|",   ">",  "a,b"};
    base_config config = defaults();
    size_t i;

    for (i = 0; i < sizeof folders / sizeof *folders; i++) {
        free(config.run.folder);
        config.run.folder = strdup(folders[i]);
        config.run.seed = UINT64_MAX - i;
        expect_round_trip(&config);
    }
    for (i = 0; i < 2000; i++) {
        base_random random = base_random_at(1, BASE_RANDOM_TEST, 0, 0, i);

        config.train.rate = 100 * base_random_unit(&random) + 1e-9;
        config.train.weight_decay = base_random_unit(&random) * (i % 2 ? 1e-12 : 1);
        config.train.augment = (uint32_t)base_random_below(&random, 32);
        expect_round_trip(&config);
    }
    base_config_clear(&config);
}
END_TEST

START_TEST(written_text_is_short_where_a_number_is)
{
    base_config config = defaults();
    char *text = written(&config);

    ck_assert_ptr_nonnull(strstr(text, "  weight_decay: 0.0005\n"));
    ck_assert_ptr_nonnull(strstr(text, "  timeout: 60\n"));
    ck_assert_ptr_nonnull(strstr(text, "  augment: [mirror, turn, shift, light]\n"));
    ck_assert_ptr_nonnull(strstr(text, "  strategy: margin\n"));
    free(text);
    base_config_clear(&config);
}
END_TEST

/* Text, and what the one line of the message must hold. */
static const struct {
    const char *text, *place, *said;
} bad_texts[] = {
    {"run:\n  seed: 1\n\n  sed: 2\n", "run.yaml:4:3:", "did you mean run.seed?"},
    {"ru:\n  seed: 1\n", "run.yaml:1:1:", "did you mean run?"},
    {"trian: {rate: 1}\n", "run.yaml:1:1:", "did you mean train?"},
    {"rate: 0.1\n", "run.yaml:1:1:", "did you mean train.rate?"},
    {"train:\n  quota: none\n", "run.yaml:2:3:", "did you mean select.quota?"},
    {"run:\n  zebra: 1\n", "run.yaml:2:3:", "keys of run: folder, seed, rounds, threads"},
    {"zebra: {}\n", "run.yaml:1:1:", "sections are run, data, network"},
    {"run:\n  seed: 1\n  rounds: 2\n  seed: 3\n", "run.yaml:4:3:", "run.seed is given twice"},
    {"run: {seed: 1}\ntrain: {}\nrun: {rounds: 2}\n", "run.yaml:3:1:", "run is given twice"},
    {"train:\n  epochs: 3\n  rate: fast\n", "run.yaml:3:3:", "train.rate = 'fast'"},
    {"train: {rate: 0}\n", "run.yaml:1:9:", "0 < rate <= 100"},
    {"train: {rate: 0x1p-3}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {rate: nan}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {rate: .inf}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {rate: 1e999}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {rate: 1e-999}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {rate: 0.1x}\n", "run.yaml:1:9:", "train.rate"},
    {"train: {momentum: 1}\n", "run.yaml:1:9:", "0 <= momentum < 1"},
    {"train: {epochs: 0}\n", "run.yaml:1:9:", "1 <= epochs <= 100000"},
    {"train: {epochs: 3.0}\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: 0x10}\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: 12abc}\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: 4294967297}\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: 99999999999999999999999}\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: }\n", "run.yaml:1:9:", "train.epochs"},
    {"train: {epochs: [3]}\n", "run.yaml:1:9:", "wrong kind of value"},
    {"train: {epochs: {a: 3}}\n", "run.yaml:1:9:", "wrong kind of value"},
    {"data: {budget: 99999999999}\n", "run.yaml:1:8:", "0 <= budget <= 2147483647"},
    {"run: {seed: -1}\n", "run.yaml:1:7:", "0 <= seed < 2^64"},
    {"run: {seed: 18446744073709551616}\n", "run.yaml:1:7:", "0 <= seed < 2^64"},
    {"run: {folder: ~}\n", "run.yaml:1:7:", "run.folder"},
    {"run: {folder: \"a\\tb\"}\n", "run.yaml:1:7:", "run.folder"},
    {"run: {folder: \"a\\u2028b\"}\n", "run.yaml:1:7:", "run.folder"},
    {"run: {folder: \"a\\0b\"}\n", "run.yaml:1:15:", "NUL"},
    {"run: {\"se\\0ed\": 1}\n", "run.yaml:1:7:", "NUL"},
    {"run: {\"\\e[2J\": 1}\n", "run.yaml:1:7:", "unknown key run.?[2J"},
    {"select: {strategy: best}\n", "run.yaml:1:10:", "one of random, least_confidence, margin"},
    {"select: {strategy: 4}\n", "run.yaml:1:10:", "one of random, least_confidence, margin"},
    {"select: {strategy: CAM}\n", "run.yaml:1:10:", "one of random, least_confidence, margin"},
    {"train:\n  augment: [turn, blur]\n",
     "run.yaml:2:3:", "unknown name 'blur'; allowed: list of mirror, turn"},
    {"train:\n  augment: turn\n", "run.yaml:2:3:", "list of mirror, turn"},
    {"train:\n  augment: 3\n", "run.yaml:2:3:", "list of mirror, turn"},
    {"train:\n  augment: [3]\n", "run.yaml:2:3:", "unknown name '3'"},
    {"train:\n  augment: {turn: 1}\n", "run.yaml:2:3:", "wrong kind of value"},
    {"train:\n  augment: [[turn]]\n", "run.yaml:2:13:", "nested too deep"},
    {"run: 5\n", "run.yaml:1:1:", "run: {key: value}"},
    {"run:\ntrain:\n  epochs: 3\n", "run.yaml:1:1:", "run: {key: value}"},
    {"run: [seed, 5]\n", "run.yaml:1:1:", "run: {key: value}"},
    {"5\n", "run.yaml:1:1:", "sections must stand here"},
    {"[run, 5]\n", "run.yaml:1:1:", "sections must stand here"},
    {"run: {seed: &a 1, rounds: *a}\n", "run.yaml:1:27:", "aliases"},
    {"run: &a {seed: 1}\ntrain: *a\n", "run.yaml:2:8:", "aliases"},
    {"run: {<<: {seed: 1}}\n", "run.yaml:1:7:", "unknown key run.<<"},
    {"run: {[a, b]: 1}\n", "run.yaml:1:7:", "a key must be a word"},
    {"{a: b}: 1\n", "run.yaml:1:1:", "a key must be a word"},
    {"run: {seed: 1}\n---\nrun: {seed: 2}\n", "run.yaml:2:1:", "second document"},
    {"run:\n\tseed: 1\n", "run.yaml:2:1:", "not YAML"},
    {"run:\n  seed: 1\n rounds: 1\n", "run.yaml:3:2:", "not YAML"},
    {"run: {seed: 1\n", "run.yaml:2:1:", "not YAML"},
    {"run:\n  folder: 'a\n", "run.yaml:3:1:", "not YAML"},
    {"run:\n  folder: caf\xe9\n", "run.yaml:2:14:", "not YAML"},
    {"run:\n  folder: a\x01\n", "run.yaml:2:12:", "not YAML: control characters"},
    {"%YAML 9.9\n---\nrun: {}\n", "run.yaml:1:1:", "not YAML"},
};

START_TEST(bad_text_is_refused_with_its_place_and_changes_nothing)
{
    base_config config = defaults(), before = defaults();
    const char *said;

    ck_assert_int_eq(read_text(&config, complete), BASE_OK);
    ck_assert_int_eq(read_text(&before, complete), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(read_text(&config, bad_texts[_i].text), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_msg(strstr(said, bad_texts[_i].place), "no '%s' in: %s", bad_texts[_i].place, said);
    ck_assert_msg(strstr(said, bad_texts[_i].said), "no '%s' in: %s", bad_texts[_i].said, said);
    ck_assert_int_eq(capture_lines(said), 1);
    expect_same(&config, &before);
    base_config_clear(&config);
    base_config_clear(&before);
}
END_TEST

/* A text of a head, one character many times, and a tail. */
static void expect_long_refused(const char *head, char fill, size_t count, const char *tail,
                                const char *wanted)
{
    size_t length = strlen(head), size = length + count + strlen(tail);
    char *text = malloc(size + 1);
    base_config config = defaults();
    const char *said;

    ck_assert_ptr_nonnull(text);
    memcpy(text, head, length);
    memset(text + length, fill, count);
    strcpy(text + length + count, tail);
    capture_begin(&captured);
    ck_assert_int_eq(base_config_read_text(&config, text, size, "run.yaml"), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_msg(strstr(said, wanted), "no '%s' in: %s", wanted, said);
    base_config_clear(&config);
    free(text);
}

START_TEST(huge_texts_are_refused)
{
    expect_long_refused("", '[', 1000000, "", "nested too deep");
    expect_long_refused("run:\n  seed: ", '{', 1000000, "", "nested too deep");
    expect_long_refused("run:\n  seed: ", '7', 100000, "\n", "longer than 4095 bytes");
    expect_long_refused("run:\n  folder: ", 'a', 4096, "\n", "longer than 4095 bytes");
    expect_long_refused("run:\n  ", 'k', 900, ": 1\n", "unknown key run.kkkk");
    expect_long_refused("run:\n  ", 'k', 100000, ": 1\n", "not YAML");
    expect_long_refused("# ", 'a', 2000000, "\n", "too long for a configuration");
    expect_long_refused("run: {seed: 1", 0, 1, "}\n", "control characters");
}
END_TEST

/* Whatever the bytes, the answer is a status, and what is taken can be written and read again. */
START_TEST(damaged_texts_never_crash)
{
    base_config config = defaults();
    char *text = written(&config);
    size_t size = strlen(text);
    uint64_t i;

    capture_begin(&captured);
    for (i = 0; i < 1500; i++) {
        base_random random = base_random_at(2, BASE_RANDOM_TEST, 0, 0, i);
        char *damaged = strdup(text);
        base_config next = defaults();
        uint64_t changes = 1 + base_random_below(&random, 4);

        ck_assert_ptr_nonnull(damaged);
        while (changes-- > 0) {
            static const char likely[] = "[]{}:,-&*#?|>!%@`\"'\\\n\t 0x~";
            size_t at = (size_t)base_random_below(&random, size);

            damaged[at] = base_random_below(&random, 2) ? likely[base_random_below(&random, sizeof likely)]
                                                        : (char)base_random_below(&random, 256);
        }
        if (base_config_read_text(&next, damaged, size, "run.yaml") == BASE_OK)
            expect_round_trip(&next);
        else
            expect_same(&next, &config);
        base_config_clear(&next);
        free(damaged);
        if (i % 100 == 0) {
            capture_end(&captured);
            capture_begin(&captured);
        }
    }
    capture_end(&captured);
    free(text);
    base_config_clear(&config);
}
END_TEST

START_TEST(set_changes_one_key)
{
    base_config config = defaults();

    ck_assert_int_eq(base_config_set(&config, "train.rate=0.02"), BASE_OK);
    ck_assert_int_eq(base_config_set(&config, "train.augment=[]"), BASE_OK);
    ck_assert_int_eq(base_config_set(&config, "run.folder=runs/a = b, {c}"), BASE_OK);
    ck_assert_int_eq(base_config_set(&config, "data.dataset='x # y.h5'"), BASE_OK);
    ck_assert_int_eq(base_config_set(&config, "select.strategy=cam_margin"), BASE_OK);
    ck_assert_double_eq(config.train.rate, 0.02);
    ck_assert_uint_eq(config.train.augment, 0);
    ck_assert_str_eq(config.run.folder, "runs/a = b, {c}");
    ck_assert_str_eq(config.data.dataset, "x # y.h5");
    ck_assert_int_eq(config.select.strategy, BASE_STRATEGY_CAM_MARGIN);
    ck_assert_int_eq(config.train.epochs, 30);
    base_config_clear(&config);
}
END_TEST

static const struct {
    const char *assignment, *said;
} bad_sets[] = {
    {"tran.rate=1", "did you mean train.rate?"},
    {"train.rte=1", "did you mean train.rate?"},
    {"train.quota=none", "did you mean select.quota?"},
    {"select.strategy=margn", "typiclust; did you mean margin?"},
    {"train.augment=[mirro]", "did you mean mirror?"},
    {"train.augment_copies=[objct]", "did you mean object?"},
    {"train.mixup=1.5", "allowed: number, 0 <= mixup <= 1"},
    {"train.in_mask=-1", "allowed: number, 0 <= in_mask <= 100"},
    {"train.mixup=-0.2", "allowed: number, 0 <= mixup <= 1"},
    {"zebra.x=1", "sections are run, data"},
    {"train.zebra=1", "keys of train: start, epochs"},
    {"train.rate=fast", "--set train.rate=fast: train.rate = 'fast': allowed: number, 0 < rate <= 100"},
    {"train.rate=", "train.rate = ''"},
    {"train.rate", "it must be section.key=value"},
    {"rate=1", "it must be section.key=value"},
    {"=", "it must be section.key=value"},
    {"", "it must be section.key=value"},
    {"train.=1", "unknown key"},
    {".rate=1", "unknown key"},
    {"train.augment=turn", "list of mirror"},
    {"train.augment=[turn", "not YAML"},
    {"run.folder=a: b", "not YAML"},
    {"run.folder=*a", "aliases"},
    {"run.folder=a\n  seed: 5", "one line"},
    {"run.seed={a: b}", "wrong kind of value"},
};

START_TEST(bad_set_is_refused_and_changes_nothing)
{
    base_config config = defaults(), before = defaults();
    const char *said;

    capture_begin(&captured);
    ck_assert_int_eq(base_config_set(&config, bad_sets[_i].assignment), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_msg(strstr(said, bad_sets[_i].said), "no '%s' in: %s", bad_sets[_i].said, said);
    ck_assert_ptr_nonnull(strstr(said, "--set"));
    ck_assert_int_eq(capture_lines(said), 1);
    expect_same(&config, &before);
    base_config_clear(&config);
    base_config_clear(&before);
}
END_TEST

START_TEST(check_names_every_violation)
{
    base_config config = defaults();
    const char *said;

    config.run.rounds = -1;
    config.train.rate = 0;
    config.train.augment = 128;
    config.select.strategy = (base_strategy)99;
    capture_begin(&captured);
    ck_assert_int_eq(base_config_check(&config), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(said, "run.folder is empty"));
    ck_assert_ptr_nonnull(strstr(said, "data.dataset is empty"));
    ck_assert_ptr_nonnull(strstr(said, "run.rounds is out of range"));
    ck_assert_ptr_nonnull(strstr(said, "train.rate is out of range"));
    ck_assert_ptr_nonnull(strstr(said, "train.augment is out of range"));
    ck_assert_ptr_nonnull(strstr(said, "select.strategy is out of range"));
    ck_assert_int_eq(capture_lines(said), 6);
    base_config_clear(&config);
}
END_TEST

START_TEST(mixup_is_none_or_enough_to_be_one)
{
    base_config config = defaults();
    const char *said;

    ck_assert_int_eq(read_text(&config, complete), BASE_OK);
    config.train.mixup = 0.01;
    ck_assert_int_eq(base_config_check(&config), BASE_OK);
    config.train.mixup = 0.001;
    capture_begin(&captured);
    ck_assert_int_eq(base_config_check(&config), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(said, "train.mixup = 0.001: it must be 0 (no mix-up) or 0.01 to 1"));
    base_config_clear(&config);
}
END_TEST

START_TEST(batch_is_microbatch_times_a_power_of_two)
{
    static const struct {
        int32_t batch, microbatch;
        base_status expected;
    } cases[] = {{64, 16, BASE_OK},        {16, 16, BASE_OK},       {96, 12, BASE_OK},
                 {48, 16, BASE_ERR_USAGE}, {8, 16, BASE_ERR_USAGE}, {65, 16, BASE_ERR_USAGE},
                 {64, 1, BASE_ERR_USAGE},  {64, 0, BASE_ERR_USAGE}, {0, 16, BASE_ERR_USAGE}};
    base_config config = defaults();
    size_t i;

    ck_assert_int_eq(read_text(&config, complete), BASE_OK);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *said;

        config.train.batch = cases[i].batch;
        config.train.microbatch = cases[i].microbatch;
        capture_begin(&captured);
        ck_assert_int_eq(base_config_check(&config), cases[i].expected);
        said = capture_end(&captured);
        ck_assert((cases[i].expected == BASE_OK) == (*said == 0));
    }
    base_config_clear(&config);
}
END_TEST

START_TEST(files_are_read_and_missing_ones_named)
{
    char folder[] = "/tmp/camal-config-XXXXXX", path[64];
    base_config config = defaults();
    const char *said;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.yaml", folder);
    capture_begin(&captured);
    ck_assert_int_eq(base_config_read(&config, path), BASE_ERR_NOT_FOUND);
    said = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(said, path));
    capture_begin(&captured);
    ck_assert_int_eq(base_config_read(&config, folder), BASE_ERR_INPUT);
    capture_end(&captured);
    ck_assert_int_eq(base_file_write(path, complete, sizeof complete - 1), BASE_OK);
    ck_assert_int_eq(base_config_read(&config, path), BASE_OK);
    ck_assert_str_eq(config.data.dataset, "a.h5");
    base_config_clear(&config);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(copies_own_their_strings)
{
    base_config config = defaults(), copy, cleared;

    ck_assert_int_eq(read_text(&config, complete), BASE_OK);
    ck_assert_int_eq(base_config_copy(&config, &copy), BASE_OK);
    expect_same(&config, &copy);
    ck_assert_ptr_ne(config.run.folder, copy.run.folder);
    base_config_clear(&config);
    ck_assert_str_eq(copy.run.folder, "runs/a");
    base_config_clear(&copy);
    memset(&cleared, 0, sizeof cleared);
    ck_assert_int_eq(memcmp(&copy, &cleared, sizeof copy), 0);
    base_config_clear(&copy);
    base_config_clear(NULL);
}
END_TEST

START_TEST(help_shows_every_key)
{
    char *text = NULL;
    size_t size = 0, i;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    base_config_help(out);
    fclose(out);
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];
        char wanted[128];

        snprintf(wanted, sizeof wanted, "\n  %s: %s\n", field->key,
                 field->required ? "(required)" : field->standard);
        ck_assert_msg(strstr(text, wanted), "no %s.%s", field->section, field->key);
        ck_assert_ptr_nonnull(strstr(text, field->meaning));
    }
    free(text);
}
END_TEST

START_TEST(names_are_those_of_the_text)
{
    ck_assert_str_eq(base_config_strategy_name(BASE_STRATEGY_RANDOM), "random");
    ck_assert_str_eq(base_config_strategy_name(BASE_STRATEGY_LEAST_CONFIDENCE), "least_confidence");
    ck_assert_str_eq(base_config_strategy_name(BASE_STRATEGY_CAM_MARGIN), "cam_margin");
    ck_assert_str_eq(base_config_network_name(BASE_NETWORK_RESNET18), "resnet18");
    ck_assert_str_eq(base_config_network_name((base_network)77), "?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_config");
    TCase *tests = tcase_create("base_config");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, defaults_are_the_documented_ones);
    tcase_add_test(tests, keys_left_out_keep_their_values);
    tcase_add_test(tests, written_text_reads_back_to_the_same_struct);
    tcase_add_test(tests, written_text_is_short_where_a_number_is);
    tcase_add_loop_test(tests, bad_text_is_refused_with_its_place_and_changes_nothing, 0,
                        sizeof bad_texts / sizeof *bad_texts);
    tcase_add_test(tests, huge_texts_are_refused);
    tcase_add_test(tests, damaged_texts_never_crash);
    tcase_add_test(tests, set_changes_one_key);
    tcase_add_loop_test(tests, bad_set_is_refused_and_changes_nothing, 0, sizeof bad_sets / sizeof *bad_sets);
    tcase_add_test(tests, check_names_every_violation);
    tcase_add_test(tests, mixup_is_none_or_enough_to_be_one);
    tcase_add_test(tests, batch_is_microbatch_times_a_power_of_two);
    tcase_add_test(tests, files_are_read_and_missing_ones_named);
    tcase_add_test(tests, copies_own_their_strings);
    tcase_add_test(tests, help_shows_every_key);
    tcase_add_test(tests, names_are_those_of_the_text);
    return unit_test_run(suite);
}
