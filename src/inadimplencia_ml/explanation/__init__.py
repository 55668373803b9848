"""One client's score in words, from plain values: for the company, or fit to be sent to the client.

`explanation` puts it together; `manager_sections` and `client_sections` say what is told to whom, and `way_up` finds
the payments that would move the client to the next segment.
"""

from inadimplencia_ml.explanation.explanation import Explanation
from inadimplencia_ml.explanation.way_told import Audience

__all__ = ["Audience", "Explanation"]
