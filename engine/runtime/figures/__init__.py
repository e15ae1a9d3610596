"""What playbooks achieved, counted in the database: from the journal and the log, for any past period.

Every figure is one question over all customers at once. What was decided before the end of a period
does not change any more, so whoever asks again gets the same answer.
"""
