#include "nn_loss.h"
#include "nn_test.h"
#include <math.h>

enum { BATCH = 4, CLASSES = 5 };

static const float logits[BATCH * CLASSES] = {0.5f, -1,    2,     0.25f, 9,    1,  1,     1,  1,   50,
                                              -3,   -2.5f, -1.5f, -4,    -100, 80, 79.5f, 70, -60, 3};
static const int32_t labels[BATCH] = {2, 0, 3, 1};
static const uint8_t all[CLASSES] = {1, 1, 1, 1, 1}, four[CLASSES] = {1, 1, 1, 1, 0};

/* The mean loss as its definition says, in long double, by the logits of one active set. */
static double defined_loss(const double *z, const nn_mix *mix, const uint8_t *active, double smoothing)
{
    long double loss = 0;
    int b, c, count = 0;

    for (c = 0; c < CLASSES; c++)
        count += active[c];
    for (b = 0; b < BATCH; b++) {
        long double total = 0, target[CLASSES] = {0};

        target[labels[b]] += mix ? mix->share[b] : 1;
        if (mix)
            target[mix->other[b]] += 1 - mix->share[b];
        for (c = 0; c < CLASSES; c++)
            if (active[c])
                total += expl((long double)z[b * CLASSES + c]);
        for (c = 0; c < CLASSES; c++)
            if (active[c])
                loss -= (smoothing / count + target[c] * (1 - smoothing)) *
                        logl(expl((long double)z[b * CLASSES + c]) / total);
    }
    return (double)(loss / BATCH);
}

static void check(const nn_mix *mix, const uint8_t *active, double smoothing)
{
    double z[BATCH * CLASSES];
    float gradient[BATCH * CLASSES];
    int32_t correct;
    double loss =
        nn_loss_softmax(logits, labels, mix, active, (float)smoothing, BATCH, CLASSES, gradient, &correct);
    int i;

    for (i = 0; i < BATCH * CLASSES; i++)
        z[i] = logits[i];
    ck_assert_double_eq_tol(loss / BATCH, defined_loss(z, mix, active, smoothing), 1e-6 * loss);
    for (i = 0; i < BATCH * CLASSES; i++) {
        double up, down;

        z[i] = logits[i] + 1e-4;
        up = defined_loss(z, mix, active, smoothing);
        z[i] = logits[i] - 1e-4;
        down = defined_loss(z, mix, active, smoothing);
        z[i] = logits[i];
        ck_assert_double_eq_tol(gradient[i], (up - down) / 2e-4, 1e-6);
    }
}

START_TEST(loss_and_gradient_are_those_of_the_definition)
{
    check(NULL, all, 0);
    check(NULL, all, 0.1);
    check(NULL, four, 0);
    check(NULL, four, 0.1);
}
END_TEST

START_TEST(mixed_targets_are_those_of_the_definition)
{
    static const int32_t other[BATCH] = {0, 2, 1, 1}; /* the last is mixed with one of its class */
    static const float share[BATCH] = {0.75f, 0.5f, 1, 0.625f};
    const nn_mix mix = {other, share};

    check(&mix, all, 0);
    check(&mix, four, 0.1);
}
END_TEST

START_TEST(inactive_class_counts_for_nothing)
{
    float gradient[BATCH * CLASSES];
    int32_t correct;
    int b;

    nn_loss_softmax(logits, labels, NULL, four, 0.1f, BATCH, CLASSES, gradient, &correct);
    for (b = 0; b < BATCH; b++)
        ck_assert(gradient[b * CLASSES + 4] == 0);
    ck_assert_int_eq(correct, 2); /* samples 0 and 1 once class 4 is out; 1 by the first of equals */
    nn_loss_softmax(logits, labels, NULL, all, 0.1f, BATCH, CLASSES, gradient, &correct);
    ck_assert_int_eq(correct, 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, loss_and_gradient_are_those_of_the_definition);
    tcase_add_test(tests, mixed_targets_are_those_of_the_definition);
    tcase_add_test(tests, inactive_class_counts_for_nothing);
}

int main(void)
{
    return nn_test_main("nn_loss", add);
}
