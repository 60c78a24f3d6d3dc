// Forms that a key answers: the page holds the question, the device signs it, the answer goes out with the form.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const words = {
    NotAllowedError: "Nothing came from the device: it was cancelled, or it took too long. Try again.",
    InvalidStateError: "This device holds a passkey for you already.",
    SecurityError: "Passkeys work only at this site's own address, over a safe connection.",
  };

  async function ask(kind, asked) {
    const publicKey = { ...asked, challenge: bytes(asked.challenge) };
    if (kind === "add") {
      publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
      publicKey.excludeCredentials = named(asked.excludeCredentials);
    } else publicKey.allowCredentials = named(asked.allowCredentials);
    const key = await (kind === "add" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
    const said = { clientDataJSON: text(key.response.clientDataJSON) };
    if (kind === "add") said.attestationObject = text(key.response.attestationObject);
    else {
      said.authenticatorData = text(key.response.authenticatorData);
      said.signature = text(key.response.signature);
    }
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: said };
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button"), said = form.querySelector("[data-said]");
    const tell = (sentence) => { said.textContent = sentence; said.hidden = !sentence; };
    if (!window.PublicKeyCredential) {
      tell("This browser cannot use passkeys. Use a code instead, or another browser.");
      continue;
    }
    button.disabled = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      tell("");
      button.disabled = true;
      try {
        const asked = JSON.parse(form.querySelector("script").textContent);
        form.elements.answer.value = JSON.stringify(await ask(form.dataset.passkey, asked));
        form.submit();
      } catch (error) {
        tell(words[error.name] || "The device could not answer. Try again.");
        button.disabled = false;
      }
    });
  }
})();
