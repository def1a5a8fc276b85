"""What the portal says: the one refusal, and what was done by each deed."""

from __future__ import annotations

REFUSED = "This link does not open anything any more"
ASK_ANEW = "Ask whoever gave it to you for another."
TOO_LARGE = "What you sent is too large: at most 64 KB."
TOO_OFTEN = "You sent much in a short time. Nothing of it is lost; send this again in {} minutes."
TOO_MANY_LINKS = "Too many links were tried from where you are. Wait for {} seconds, then open yours again."
AWAY = "This is not possible at the moment. Try again in a few minutes."

PORTAL_WORDS = {
    "consent-given": "Saved. We may use this way to reach you from now on.",
    "consent-withdrawn": "Saved. We do not use this way to reach you any more.",
    "as-it-was": "It stands so already.",
    "sent-already": "That was sent already, and is there once.",
    "data-asked": "Saved. You will be told here when what is held of you is ready.",
    "erasure-asked": "Saved. Somebody looks at it; you will be told, and this page closes when it is done.",
    "request-withdrawn": "Saved. You do not ask for it any more.",
    "proposed": "Saved. Your proposal stands with the others; what becomes of it is told here.",
    "supported": "Saved. You support it.",
    "support-withdrawn": "Saved. You do not support it any more.",
    "feedback-given": "Saved. Thank you for trying it.",
    "price-named": "Saved. The answer to your price is told here.",
    "counter-taken": "Saved. You take the price that we asked; we confirm it here.",
    "stock-told": "Saved. Your stock stands as you told it.",
    "suggested": "Saved. Whoever decides sees what you would answer.",
}
