(function () {
    "use strict";
    var gallery = document.querySelector(".gallery"), groups, names = {}, label, choice;
    if (!gallery) return;
    groups = gallery.querySelectorAll(".group");
    label = document.createElement("label");
    label.textContent = "Show ";
    choice = document.createElement("select");
    choice.add(new Option("all classes", ""));
    groups.forEach(function (group) {
        var key = group.dataset.class;
        if (names[key]) return;
        names[key] = group.querySelector("bdi").textContent;
    });
    Object.keys(names).sort(function (a, b) { return a - b; }).forEach(function (key) {
        choice.add(new Option(names[key], key));
    });
    choice.addEventListener("change", function () {
        groups.forEach(function (group) {
            group.hidden = choice.value !== "" && group.dataset.class !== choice.value;
        });
        if (choice.value !== "")
            gallery.querySelectorAll("details").forEach(function (round) { round.open = true; });
    });
    label.className = "filter";
    label.appendChild(choice);
    gallery.insertBefore(label, gallery.firstChild);
})();
