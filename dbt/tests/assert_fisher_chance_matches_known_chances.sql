-- By whole numbers: the tea of Fisher's lady is 17/70, five failures that all fall into 30 of 90 results are
-- C(30,5)/C(90,5), no failure at all is certain; the last one is a sum of 31 terms.
with

known_chances (failed_count, result_count, other_failed_count, other_result_count, chance) as (

    values
    (3, 4, 1, 4, 0.24285714),
    (5, 30, 0, 60, 0.00324251),
    (0, 30, 0, 60, 1.0),
    (20, 50, 30, 150, 0.00503362)

),

computed as (

    select
        *,
        {{ fisher_chance('failed_count', 'result_count', 'other_failed_count', 'other_result_count') }}
            as computed_chance
    from known_chances

)

select *
from computed
where abs(computed_chance - chance) > 0.00000001
