"""Mail: safe messages, the ways they leave, the outbox that lets each leave once, templates, and letters to leads."""
