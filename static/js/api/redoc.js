"use strict";
const place = document.getElementById("reader");
Redoc.init(place.dataset.schema, { disableSearch: true, nativeScrollbars: true, hideDownloadButton: false }, place);
