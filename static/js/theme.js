// The back office follows the theme chosen in the account menu before anything is drawn.
(() => {
  "use strict";
  const theme = document.cookie.match(/(?:^|; )fanz_theme=(light|dark)/)?.[1];
  if (theme) document.documentElement.style.colorScheme = theme;
})();
