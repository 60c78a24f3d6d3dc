"use strict";
// The card goes to the page's own server only; what frames this page gets the token.
const form = document.getElementById("card");
const told = document.getElementById("told");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const card = Object.fromEntries(new FormData(form));
  let token;
  try {
    const answer = await fetch("/ccbill/widget/tokens", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(card),
    });
    token = await answer.json();
    if (!answer.ok) {
      told.textContent = token.message;
      return;
    }
  } catch {
    told.textContent = "The card could not be read. Try again.";
    return;
  }
  form.reset();
  told.textContent = `${token.cardType} ending in ${token.last4}`;
  if (form.dataset.origin && window.parent !== window) {
    window.parent.postMessage({ type: "ccbill.token", ...token }, form.dataset.origin);
  }
});
