#include "nn_optimizer.h"
#include "nn_test.h"
#include <math.h>

#define COUNT 1003 /* of no vector's width */

START_TEST(steps_follow_the_formula)
{
    static float weights[COUNT], velocity[COUNT], gradient[COUNT];
    static double expected_weights[COUNT], expected_velocity[COUNT];
    int step, i;

    nn_test_fill(weights, COUNT, 1);
    for (i = 0; i < COUNT; i++) {
        expected_weights[i] = weights[i];
        velocity[i] = 0;
        expected_velocity[i] = 0;
    }
    for (step = 0; step < 5; step++) {
        nn_test_fill(gradient, COUNT, (uint64_t)(10 + step));
        nn_optimizer_step(weights, velocity, gradient, COUNT, 0.25f, 0.1f, 0.9f, 0.01f);
        for (i = 0; i < COUNT; i++) {
            double g = gradient[i] * 0.25 + 0.01 * expected_weights[i];

            expected_velocity[i] = 0.9 * expected_velocity[i] + g;
            expected_weights[i] -= 0.1 * (g + 0.9 * expected_velocity[i]);
        }
    }
    for (i = 0; i < COUNT; i++) {
        ck_assert_double_eq_tol(weights[i], expected_weights[i], 1e-6);
        ck_assert_double_eq_tol(velocity[i], expected_velocity[i], 1e-6);
    }
}
END_TEST

START_TEST(one_cycle_rises_to_the_peak_and_falls_to_almost_nothing)
{
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_ONE_CYCLE, 0.1, 0.3, 0, 100), 0.1 / 25, 1e-12);
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_ONE_CYCLE, 0.1, 0.3, 29, 100), 0.1, 1e-12);
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_ONE_CYCLE, 0.1, 0.3, 99, 100), 0.1 / 25e4, 1e-12);
}
END_TEST

START_TEST(cosine_warms_up_by_a_line_and_ends_near_zero)
{
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_COSINE, 0.1, 0.1, 0, 100), 0.01, 1e-12);
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_COSINE, 0.1, 0.1, 4, 100), 0.05, 1e-12);
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_COSINE, 0.1, 0.1, 10, 100), 0.1, 1e-12);
    ck_assert_double_eq_tol(nn_optimizer_rate(BASE_SCHEDULE_COSINE, 0.1, 0.1, 55, 100), 0.05, 1e-12);
    ck_assert_double_lt(nn_optimizer_rate(BASE_SCHEDULE_COSINE, 0.1, 0.1, 99, 100), 1e-4);
}
END_TEST

START_TEST(rates_are_finite_for_the_shortest_schedules)
{
    static const double warmups[] = {0, 0.3, 0.5, 1};
    int schedule, w, steps, step;

    for (schedule = BASE_SCHEDULE_ONE_CYCLE; schedule <= BASE_SCHEDULE_COSINE; schedule++)
        for (w = 0; w < 4; w++)
            for (steps = 1; steps <= 4; steps++)
                for (step = 0; step < steps; step++) {
                    double rate = nn_optimizer_rate((base_schedule)schedule, 0.1, warmups[w], step, steps);

                    ck_assert_msg(isfinite(rate) && rate >= 0 && rate <= 0.1 + 1e-12, "rate %g", rate);
                }
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, steps_follow_the_formula);
    tcase_add_test(tests, one_cycle_rises_to_the_peak_and_falls_to_almost_nothing);
    tcase_add_test(tests, cosine_warms_up_by_a_line_and_ends_near_zero);
    tcase_add_test(tests, rates_are_finite_for_the_shortest_schedules);
}

int main(void)
{
    return nn_test_main("nn_optimizer", add);
}
