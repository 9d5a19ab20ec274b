// What is wrong with the picture that is the page, as sentences.
(() => {
	const svg = document.documentElement, page = svg.viewBox.baseVal, wrong = new Set()
	const texts = [...svg.querySelectorAll("text")], rects = [...svg.querySelectorAll("rect")]
	const box = element => {
		const {x, y, width, height} = element.getBBox()
		return {left: x, top: y, right: x + width, bottom: y + height}
	}
	const within = (a, b) => a.left >= b.left - 0.5 && a.top >= b.top - 0.5 && a.right <= b.right + 0.5 && a.bottom <= b.bottom + 0.5
	const meet = (a, b, slack) => a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - slack && b.top < a.bottom - slack
	const quote = text => `“${text.textContent}”`

	// Every text is in the picture, meets no other one, and is wholly inside or outside of each rectangle, whatever the font.
	const paper = {left: 0, top: 0, right: page.width, bottom: page.height}
	const filled = rects.filter(rect => getComputedStyle(rect).fill !== "none").map(box)
	const forced = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "style"))
	for (const font of ["", "font-family: sans-serif", "font-family: DejaVu Sans", "font-family: Verdana, DejaVu Sans", "font-family: serif",
		"font-family: sans-serif; letter-spacing: 0.12em"]) {
		forced.textContent = font && `text { ${font.replaceAll(";", " !important;")} !important }`
		const all = texts.map(box)
		all.forEach((a, i) => {
			if (!within(a, paper)) wrong.add(`${quote(texts[i])} leaves the picture (${font})`)
			all.slice(i + 1).forEach((b, j) => {
				if (meet(a, b, 1)) wrong.add(`${quote(texts[i])} meets ${quote(texts[i + 1 + j])} (${font})`)
			})
			// Letters do not fill the whole height of their line.
			for (const rect of filled)
				if (meet(a, rect, 4) && !within({...a, top: a.top + 4, bottom: a.bottom - 4}, rect)) wrong.add(`${quote(texts[i])} crosses an edge (${font})`)
		})
	}
	forced.remove()

	// On a phone no letter is smaller than 10 px.
	svg.setAttribute("width", "360")
	svg.setAttribute("height", 360 * page.height / page.width)
	for (const text of texts) {
		const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a
		if (!(size >= 10)) wrong.add(`${quote(text)} has ${size} px on a phone`)
	}

	// A text and what it stands on differ by 4.5 to 1 (WCAG 1.4.3).
	const luminance = colour => {
		const [r, g, b] = colour.match(/[\d.]+/g).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	for (const text of texts) {
		const at = box(text), x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2
		const under = rects.findLast(rect => {
			const b = box(rect)
			return getComputedStyle(rect).fill !== "none" && b.left <= x && x <= b.right && b.top <= y && y <= b.bottom
		}) ?? rects[0]
		const [light, dark] = [text, under].map(element => luminance(getComputedStyle(element).fill)).sort((a, b) => b - a)
		const contrast = (light + 0.05) / (dark + 0.05)
		if (!(contrast >= 4.5)) wrong.add(`${quote(text)} has a contrast of ${contrast.toFixed(1)}`)
	}
	if (texts.length === 0) wrong.add("there is no text")
	return [...wrong]
})()
