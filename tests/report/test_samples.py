from runner.inference.judged import Sample
from runner.report.samples import samples


def test_images_lie_in_the_page_and_texts_are_text():
    drawn = samples([Sample(3, "cat", "<dog>", 0.015, picture=b"PNG")])
    assert 'src="data:image/png;base64,UE5H"' in drawn
    assert 'alt="#3: is cat, said &lt;dog&gt;, 1.5% for the truth"' in drawn
    assert "<code>a&lt;b</code><figcaption>#0: is 1, said 2<" in samples([Sample(0, "1", "2", text="a<b")])
    assert samples([]) == ""
