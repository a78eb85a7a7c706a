"""The work on leads: activities, tasks, attachments, mail, automation."""
