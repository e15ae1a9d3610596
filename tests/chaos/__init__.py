"""Workers killed at random while events arrive: nothing lost, nothing decided twice."""
