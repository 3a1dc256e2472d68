with

-- The raw view already shows the lines of each job's latest log only.
lines as (

    select * from {{ source('raw', 'log_lines') }}

)

select * from lines
