//! Calls a workflow: pick a node, agree on a ticket, request, follow the answer.
